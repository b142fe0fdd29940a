"""Where use cases find the rules of a country on a day, and the simulated authority's draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from services.customs.domain.admission import Rates
from services.customs.domain.basis import Basis
from services.customs.domain.drawback import DrawbackRules
from services.customs.domain.forms.terms import FormTerms
from services.customs.domain.gate.codes import GateCodes
from services.customs.domain.goods_return import ReturnRules
from services.customs.domain.import_rules import ImportRules
from services.customs.domain.lanes import ANYTHING, Lane, RiskFacts
from services.customs.domain.lvg import LvgRules
from services.customs.domain.origin import OriginScheme
from services.customs.domain.quota import Quota
from services.customs.domain.rebate import ReimportRules
from services.customs.domain.retail_export import ExportListRules
from services.customs.domain.screening import ScreeningList
from shared.kernel.money import Money, Rounding


class Goods(Protocol):
    """Whatever has a line number, a goods code and an origin."""

    @property
    def line_no(self) -> int: ...
    @property
    def hs_code(self) -> str: ...
    @property
    def origin(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class RebateRates:
    """The rebate of an order's lines, and the way out of the country that earns it."""

    channel: str
    by_line: Mapping[int, Decimal]
    rounding: Rounding


class ExportedLine(Protocol):
    """One line of goods that leave, however they are declared."""

    @property
    def line_no(self) -> int: ...
    @property
    def hs_code(self) -> str: ...
    @property
    def quantity(self) -> int: ...


class ExportedSale(Protocol):
    """What was sold abroad: an order of the e-road, or the list that declares one."""

    @property
    def order_no(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def lines(self) -> Sequence[ExportedLine]: ...


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form of the export side; `over` is the value above which it joins the others."""

    name: str
    use: str
    over: Money | None


@dataclass(frozen=True, kw_only=True)
class CustomsRates:
    """How customs turns foreign values into its own currency."""

    rates: Mapping[str, Decimal]
    digits: Mapping[str, int]
    currency: str
    rounding: Rounding
    basis: Basis

    def local(self, value: Money) -> Money | None:
        """Return a value in the local currency, or None when customs has no rate for it."""
        if value.currency == self.currency:
            return value
        if value.currency not in self.rates:
            return None
        shift = self.digits[self.currency] - self.digits[value.currency]
        rate = self.rates[value.currency].scaleb(shift)
        converted = value.times_rate(rate, self.rounding)
        return Money(converted.minor, self.currency)


class Rulebook(Protocol):
    """Every rule that customs applies, by country and day."""

    @property
    def screening(self) -> ScreeningList: ...
    def digest(self, country: str) -> str: ...
    def money_digits(self, country: str) -> Mapping[str, int]: ...
    def day_of(self, country: str, moment: datetime) -> date: ...
    def import_rules(self, country: str, *, on: date) -> ImportRules: ...
    def rates(self, country: str, goods: Sequence[Goods], *, on: date) -> Rates: ...
    def quota(self, country: str, goods: Goods, *, on: date) -> Quota | None: ...
    def quotas(self, country: str, *, on: date) -> tuple[Quota, ...]: ...
    def forms(self, country: str, use: str, value: Money, *, on: date) -> tuple[str, ...]: ...
    def form_terms(self, country: str, *, on: date) -> FormTerms: ...
    def papers_by(self, country: str, *, on: date) -> datetime: ...
    def answer_by(self, country: str, *, on: date) -> datetime: ...
    def export_list_rules(self, country: str, *, on: date) -> ExportListRules: ...
    def customs_rates(self, country: str, *, on: date) -> CustomsRates | None: ...
    def gate_codes(self, country: str, *, on: date) -> GateCodes: ...
    def rebate_rates(self, country: str, sale: ExportedSale, *, on: date) -> RebateRates | None: ...
    def rebate_claim_by(self, country: str, *, exported_on: date) -> date: ...
    def reimport_rules(self, country: str, *, on: date) -> ReimportRules: ...
    def return_rules(self, country: str, *, on: date) -> ReturnRules: ...
    def origin_schemes(
        self, country: str, *, destination: str, on: date
    ) -> tuple[OriginScheme, ...]: ...
    def lvg_rules(self, country: str, *, on: date) -> LvgRules | None: ...
    def drawback(self, country: str, key: str, *, on: date) -> DrawbackRules: ...
    def fails_to_send(self, order_no: str) -> bool: ...
    def risk_seed(self, day: date) -> str: ...
    def lane(
        self,
        country: str,
        direction: str,
        *,
        subject: str,
        order_no: str,
        on: date,
        facts: RiskFacts = ANYTHING,
    ) -> Lane: ...
