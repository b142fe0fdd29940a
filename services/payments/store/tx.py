"""The unit of work of `payments`, opened by the HTTP door, the loop or the posting desk."""

from functools import cached_property
from typing import ClassVar

from services.payments.domain.rules import Rules
from services.payments.store.banking import Banking
from services.payments.store.books import BooksReader
from services.payments.store.disputes import Disputes
from services.payments.store.exports import Exports
from services.payments.store.finance import Finance
from services.payments.store.invariants import Invariants
from services.payments.store.ledger import Ledger
from services.payments.store.orders import Orders
from services.payments.store.payments import Payments
from services.payments.store.quotes import Quotes
from services.payments.store.rebates import Rebates
from services.payments.store.statements import Statements
from services.payments.store.stories import Stories
from services.payments.store.taxes import Taxes
from services.payments.store.waiting import Waiting
from services.payments.store.windows import Windows
from shared.db.tx import Tx


class PaymentsTx(Tx):
    """One transaction, the repositories on it, and the rules of the hub it belongs to.

    Rules and desk are bound by a subclass per service (`bound`), because two hubs may run in one
    process.
    """

    rules: ClassVar[Rules]
    desk: ClassVar[str]

    async def take_turn(self) -> None:
        """Wait for the other transactions that handle events here; before locking anything."""
        await self.ledger.take_turn(self.desk)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.connection)

    @cached_property
    def books(self) -> BooksReader:
        return BooksReader(self.connection)

    @cached_property
    def statements(self) -> Statements:
        return Statements(self.connection)

    @cached_property
    def stories(self) -> Stories:
        return Stories(self.connection)

    @cached_property
    def orders(self) -> Orders:
        return Orders(self.connection)

    @cached_property
    def payments(self) -> Payments:
        return Payments(self.connection)

    @cached_property
    def quotes(self) -> Quotes:
        return Quotes(self.connection)

    @cached_property
    def waiting(self) -> Waiting:
        return Waiting(self.connection)

    @cached_property
    def disputes(self) -> Disputes:
        return Disputes(self.connection)

    @cached_property
    def taxes(self) -> Taxes:
        return Taxes(self.connection)

    @cached_property
    def finance(self) -> Finance:
        return Finance(self.connection)

    @cached_property
    def rebates(self) -> Rebates:
        return Rebates(self.connection)

    @cached_property
    def exports(self) -> Exports:
        return Exports(self.connection)

    @cached_property
    def windows(self) -> Windows:
        return Windows(self.connection)

    @cached_property
    def banking(self) -> Banking:
        return Banking(self.connection)

    @cached_property
    def invariants(self) -> Invariants:
        return Invariants(self.connection)


def bound(bound_rules: Rules, *, bound_desk: str) -> type[PaymentsTx]:
    """Return the unit of work of one service of one hub; `desk` names its chain of batches."""

    class BoundTx(PaymentsTx):
        rules = bound_rules
        desk = bound_desk

    return BoundTx
