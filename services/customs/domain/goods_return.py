"""Goods that a buyer gives back: whether their import tax and allowance come back too (C13).

Whole or in part; in time means applied for and back at a supervised site within so many days after
release, both days included, and as they were when they entered.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from services.customs.domain.basis import Basis
from shared.kernel.errors import Rejected
from shared.kernel.money import Money, total


class ReturnExceedsImport(Rejected):
    """More comes back than came in."""

    code = "customs.return-exceeds-import"


class Refusal(StrEnum):
    """Why the tax stays."""

    APPLIED_LATE = "applied-late"
    ARRIVED_LATE = "arrived-late"
    NOT_ORIGINAL = "not-original"
    NOT_RELEASED = "not-released"


class Condition(StrEnum):
    """How the goods came back."""

    ORIGINAL = "original"
    DAMAGED = "damaged"
    WRONG_GOODS = "wrong-goods"


@dataclass(frozen=True, kw_only=True)
class ReturnRules:
    """The country's rule of the day of release."""

    apply_within_days: int
    arrive_within_days: int
    basis: Basis


@dataclass(frozen=True, kw_only=True)
class ReturnedQuantity:
    """How many pieces of one line."""

    line_no: int
    quantity: int


@dataclass(frozen=True, kw_only=True)
class AssessedLine:
    """What one line of an accepted declaration bore; `returned` counts pieces that went back.

    `low_value` is the part of the tax that low-value goods bear, `low_value_sales` what it is on.
    """

    line_no: int
    quantity: int
    tax: Money
    dutiable: Money
    hs_code: str = ""
    duty: Money | None = None
    vat: Money | None = None
    consumption: Money | None = None
    low_value: Money | None = None
    low_value_sales: Money | None = None
    returned: int = 0

    def share_of(self, quantity: int) -> tuple[Money, Money]:
        """Return tax and dutiable value of the next pieces; all pieces' shares sum exactly."""
        after = self.returned + quantity
        if after > self.quantity:
            raise ReturnExceedsImport(
                f"line {self.line_no} has {self.quantity} pieces", field="lines"
            )
        return self._part(self.tax, after), self._part(self.dutiable, after)

    def _part(self, whole: Money, after: int) -> Money:
        upto = [whole.minor * count // self.quantity for count in (after, self.returned)]
        return Money(upto[0] - upto[1], whole.currency)


@dataclass(frozen=True, kw_only=True)
class GoodsReturn:
    """One return as customs knows it: applied for, come back, decided."""

    return_id: str
    order_id: str
    order_no: str
    logistics_no: str
    lines: tuple[ReturnedQuantity, ...]
    applied_at: datetime | None = None
    arrived_at: datetime | None = None
    condition: Condition | None = None
    decided_at: datetime | None = None
    refusal: Refusal | None = None
    tax_returned: Money | None = None
    allowance_returned: Money | None = None
    rule: str = ""

    @property
    def is_ready(self) -> bool:
        """Say whether it can be decided: applied for, come back, and not decided yet."""
        known = self.applied_at is not None and self.arrived_at is not None
        return known and self.decided_at is None

    def heard(
        self,
        *,
        lines: tuple[ReturnedQuantity, ...],
        applied_at: datetime | None = None,
        arrived_at: datetime | None = None,
        condition: Condition | None = None,
    ) -> "GoodsReturn":
        """Take in what is new; once decided nothing changes. What arrived is what counts."""
        if self.decided_at is not None:
            return self
        return replace(
            self,
            lines=lines if arrived_at is not None or self.arrived_at is None else self.lines,
            applied_at=self.applied_at or applied_at,
            arrived_at=self.arrived_at or arrived_at,
            condition=self.condition or condition,
        )


def refusal_of(
    rules: ReturnRules,
    *,
    released_on: date | None,
    applied_on: date,
    arrived_on: date,
    condition: Condition,
) -> Refusal | None:
    """Return why the tax stays; the first failing test gives the reason. None gives it back."""
    if released_on is None:
        return Refusal.NOT_RELEASED
    if (applied_on - released_on).days > rules.apply_within_days:
        return Refusal.APPLIED_LATE
    if (arrived_on - released_on).days > rules.arrive_within_days:
        return Refusal.ARRIVED_LATE
    if condition is not Condition.ORIGINAL:
        return Refusal.NOT_ORIGINAL
    return None


def give_back(
    assessed: tuple[AssessedLine, ...], lines: tuple[ReturnedQuantity, ...], *, currency: str
) -> tuple[tuple[AssessedLine, ...], Money, Money]:
    """Return the lines after a return, and the tax and dutiable value that come back."""
    wanted = {line.line_no: line.quantity for line in lines}
    unknown = set(wanted) - {line.line_no for line in assessed}
    if unknown:
        raise ReturnExceedsImport(f"nothing was imported as line {min(unknown)}", field="lines")
    taxes, values, after = [], [], []
    for line in assessed:
        quantity = wanted.get(line.line_no, 0)
        tax, dutiable = line.share_of(quantity)
        taxes.append(tax)
        values.append(dutiable)
        after.append(replace(line, returned=line.returned + quantity))
    return tuple(after), total(taxes, currency), total(values, currency)
