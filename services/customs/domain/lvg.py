"""Sales tax on low-value goods: who must register, and what each quarter's return says (rule M2).

The figures come from released parcels, less what went back in time. A parcel counts in the quarter
of the country's own day of its release.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from services.customs.domain.basis import Basis
from services.customs.domain.declaration import Declaration
from services.customs.domain.goods_return import AssessedLine
from shared.kernel.errors import Conflict, Forbidden, Rejected
from shared.kernel.money import Money, total

MONTHS_PER_PERIOD = 3
EDITIONS_MAX = 100
_PERIOD = re.compile(r"([0-9]{4})-Q([1-4])")


class LvgPeriodMalformed(Rejected):
    """A period is a quarter, like 2026-Q3."""

    code = "customs.lvg-period-malformed"


class LvgPeriodOpen(Conflict):
    """A quarter's return is filed after its last day."""

    code = "customs.lvg-period-open"


class LvgNotRegistered(Forbidden):
    """Returns are filed by sellers registered by the end of the quarter."""

    code = "customs.lvg-not-registered"


class LvgReturnUnchanged(Conflict):
    """The return is filed, and its figures are still those that were filed."""

    code = "customs.lvg-return-unchanged"


@dataclass(frozen=True, kw_only=True)
class LvgRules:
    """A seller over this amount within so many months must register."""

    over: Money
    within_months: int
    basis: Basis

    def must_register(self, sales: Money) -> bool:
        """Exactly the amount is not over it."""
        return self.over < sales


@dataclass(frozen=True, kw_only=True)
class LvgPeriod:
    """One quarter."""

    year: int
    quarter: int

    @staticmethod
    def of(day: date) -> "LvgPeriod":
        return LvgPeriod(year=day.year, quarter=(day.month + 2) // MONTHS_PER_PERIOD)

    @staticmethod
    def named(text: str) -> "LvgPeriod":
        """Return the quarter of a name, or raise LvgPeriodMalformed."""
        found = _PERIOD.fullmatch(text)
        if not found:
            raise LvgPeriodMalformed(f"{text!r} is no quarter", field="period")
        return LvgPeriod(year=int(found[1]), quarter=int(found[2]))

    @property
    def name(self) -> str:
        return f"{self.year:04d}-Q{self.quarter}"

    @property
    def first_day(self) -> date:
        return date(self.year, self.quarter * MONTHS_PER_PERIOD - 2, 1)

    @property
    def last_day(self) -> date:
        return _month_after(self.year, self.quarter * MONTHS_PER_PERIOD) - timedelta(days=1)

    @property
    def due_on(self) -> date:
        """Return the last day of the month after the quarter: file and pay by then."""
        start = _month_after(self.year, self.quarter * MONTHS_PER_PERIOD)
        return _month_after(start.year, start.month) - timedelta(days=1)


def _month_after(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1)


@dataclass(frozen=True, kw_only=True)
class LvgEntry:
    """What one released parcel adds: its low-value sales, their tax, and what else was levied."""

    declaration_id: str
    seller_id: str
    period: str
    released_on: date
    sales: Money
    tax: Money
    other_tax: Money


@dataclass(frozen=True, kw_only=True)
class LvgFigures:
    """What some parcels come to."""

    parcels: int
    sales: Money
    tax: Money
    other_tax: Money

    @property
    def is_nil(self) -> bool:
        return self.tax.minor == 0 and self.sales.minor == 0

    @property
    def collected(self) -> Money:
        """All import taxes together: what the ledger keeps for the authority."""
        return self.tax + self.other_tax


class LvgReturnState(StrEnum):
    """Where a seller's return of one quarter stands."""

    OPEN = "open"
    DUE = "due"
    OVERDUE = "overdue"
    FILED = "filed"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True)
class LvgEdition:
    """One filing of a return: the figures of that day."""

    figures: LvgFigures
    filed_on: date
    filed_by: str


@dataclass(frozen=True, kw_only=True)
class LvgReturn:
    """A seller's return of one quarter, and every edition of it that was filed."""

    id: str
    seller_id: str
    period: str
    editions: tuple[LvgEdition, ...] = ()

    @property
    def is_late(self) -> bool:
        """Say whether the first edition came after the day it was due; amending is never late."""
        due_on = LvgPeriod.named(self.period).due_on
        return bool(self.editions) and self.editions[0].filed_on > due_on

    def state_on(self, today: date, figures: LvgFigures) -> LvgReturnState:
        period = LvgPeriod.named(self.period)
        if self.editions:
            same = _amounts(self.editions[-1].figures) == _amounts(figures)
            return LvgReturnState.FILED if same else LvgReturnState.CHANGED
        if today <= period.last_day:
            return LvgReturnState.OPEN
        return LvgReturnState.DUE if today <= period.due_on else LvgReturnState.OVERDUE

    def filed(self, figures: LvgFigures, *, on: date, by: str) -> "LvgReturn":
        """File it, or amend it with figures that changed since; the period must be over."""
        state = self.state_on(on, figures)
        if state is LvgReturnState.OPEN:
            raise LvgPeriodOpen(f"{self.period} is not over", field="period")
        if state is LvgReturnState.FILED or len(self.editions) >= EDITIONS_MAX:
            raise LvgReturnUnchanged("nothing changed since it was filed", field="period")
        edition = LvgEdition(figures=figures, filed_on=on, filed_by=by)
        return replace(self, editions=(*self.editions, edition))


def lvg_entry(declaration: Declaration, released_on: date) -> LvgEntry:
    """Return what a released parcel adds, less what of it went back."""
    assert declaration.tax is not None, "a released declaration knows its tax"
    currency = declaration.tax.currency
    lines = declaration.assessed
    tax = total([_kept(line, line.low_value, currency) for line in lines], currency)
    everything = total([_kept(line, line.tax, currency) for line in lines], currency)
    return LvgEntry(
        declaration_id=declaration.id,
        seller_id=declaration.seller_id,
        period=LvgPeriod.of(released_on).name,
        released_on=released_on,
        sales=total([_kept(line, line.low_value_sales, currency) for line in lines], currency),
        tax=tax,
        other_tax=everything - tax,
    )


def _kept(line: AssessedLine, amount: Money | None, currency: str) -> Money:
    """Return what of a line's amount is left after what went back; whole where nothing did."""
    if amount is None:
        return Money(0, currency)
    return amount - Money(amount.minor * line.returned // line.quantity, currency)


def _amounts(figures: LvgFigures) -> tuple[Money, Money]:
    return figures.sales, figures.tax
