"""The unit of work of `customs`: its repositories, and the rules that its use cases apply."""

from functools import cached_property

from services.customs.domain.rulebook import Rulebook
from services.customs.store.allowance_questions import AllowanceQuestions
from services.customs.store.allowances import Allowances
from services.customs.store.answers import BuyerChecks, PreClearances
from services.customs.store.declarations import Declarations
from services.customs.store.documents import Documents
from services.customs.store.export_lists import ExportLists
from services.customs.store.exports import ExportDeclarations
from services.customs.store.filers import Filers
from services.customs.store.forms import Filings
from services.customs.store.locks import Locks
from services.customs.store.lvg import LowValueGoods
from services.customs.store.manifests import Manifests
from services.customs.store.permits import Permits
from services.customs.store.quotas import Quotas
from services.customs.store.rebates import RebateCases
from services.customs.store.returns import Returns
from services.customs.store.tax_bills import TaxBills
from shared.db.tx import Tx


class CustomsTx(Tx):
    """One transaction and the repositories on it."""

    rulebook: Rulebook
    """The rules of the packs installed here; given to the class by `ruled_by`."""

    @cached_property
    def documents(self) -> Documents:
        return Documents(self.connection)

    @cached_property
    def declarations(self) -> Declarations:
        return Declarations(self.connection)

    @cached_property
    def pre_clearances(self) -> PreClearances:
        return PreClearances(self.connection)

    @cached_property
    def buyer_checks(self) -> BuyerChecks:
        return BuyerChecks(self.connection)

    @cached_property
    def allowances(self) -> Allowances:
        return Allowances(self.connection)

    @cached_property
    def allowance_questions(self) -> AllowanceQuestions:
        return AllowanceQuestions(self.connection)

    @cached_property
    def exports(self) -> ExportDeclarations:
        return ExportDeclarations(self.connection)

    @cached_property
    def export_lists(self) -> ExportLists:
        return ExportLists(self.connection)

    @cached_property
    def tax_bills(self) -> TaxBills:
        return TaxBills(self.connection)

    @cached_property
    def returns(self) -> Returns:
        return Returns(self.connection)

    @cached_property
    def rebates(self) -> RebateCases:
        return RebateCases(self.connection)

    @cached_property
    def filers(self) -> Filers:
        return Filers(self.connection)

    @cached_property
    def filings(self) -> Filings:
        return Filings(self.connection)

    @cached_property
    def permits(self) -> Permits:
        return Permits(self.connection)

    @cached_property
    def manifests(self) -> Manifests:
        return Manifests(self.connection)

    @cached_property
    def low_value_goods(self) -> LowValueGoods:
        return LowValueGoods(self.connection)

    @cached_property
    def quotas(self) -> Quotas:
        return Quotas(self.connection)

    @cached_property
    def locks(self) -> Locks:
        return Locks(self.connection)

    @property
    def country(self) -> str:
        """The country whose customs this hub works with."""
        return self.hub[:2].upper()


def ruled_by(rulebook: Rulebook) -> type[CustomsTx]:
    """Return the unit of work whose use cases apply these rules."""
    return type("RuledCustomsTx", (CustomsTx,), {"rulebook": rulebook})
