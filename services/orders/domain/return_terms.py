"""What may come back, until when, and what its state is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from services.orders.domain.draft import Line
from shared.kernel.errors import Rejected
from shared.kernel.money import Money, total


class Grade(StrEnum):
    """What the inspector finds; only the first is customs' original state."""

    AS_NEW = "as-new"
    OPENED = "opened"
    DAMAGED = "damaged"
    WRONG_GOODS = "wrong-goods"


class Disposition(StrEnum):
    """What becomes of the goods."""

    RESTOCK = "restock"
    DESTROY = "destroy"
    RE_EXPORT = "re-export"
    TO_BUYER = "back-to-buyer"


class ReturnTooMuch(Rejected):
    """No more can come back than was ordered and is not on its way back already."""

    code = "orders.return-too-much"


class ReturnLineUnknown(Rejected):
    """The order has no line of that number, or the return names it twice."""

    code = "orders.return-line-unknown"


class InspectionIncomplete(Rejected):
    """Every piece that was announced is graded once; missing pieces are graded wrong goods."""

    code = "orders.inspection-incomplete"


class RefundTooHigh(Rejected):
    """No more is given for goods than they cost, and nothing for wrong ones."""

    code = "orders.refund-too-high"


@dataclass(frozen=True, kw_only=True)
class ReturnLine:
    """How many pieces of one line come back."""

    line_no: int
    quantity: int


@dataclass(frozen=True, kw_only=True)
class GradedLine:
    """Pieces of one line that are alike; `refund` is for all of them together."""

    line_no: int
    quantity: int
    grade: Grade
    disposition: Disposition
    refund: Money | None = None


@dataclass(frozen=True, kw_only=True)
class ReturnRules:
    """The country's windows for one channel, counted from customs' release, and its patience."""

    apply_within: timedelta
    arrive_within: timedelta
    seller_answers_within: timedelta
    timezone: tzinfo


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The windows of one return, as moments; a window ends just before the moment."""

    apply_by: datetime
    arrive_by: datetime

    def is_late(self, requested_at: datetime) -> bool:
        return requested_at >= self.apply_by


def terms_from(rules: ReturnRules, *, released_at: datetime) -> Terms:
    """Count whole days of the country from the day of release; the last one counts to its end."""
    released = released_at.astimezone(rules.timezone).date()

    def end_of(window: timedelta) -> datetime:
        after = released + window + timedelta(days=1)
        midnight = datetime.combine(after, datetime.min.time(), tzinfo=rules.timezone)
        return midnight.astimezone(UTC)

    return Terms(apply_by=end_of(rules.apply_within), arrive_by=end_of(rules.arrive_within))


def check_lines(
    wanted: Sequence[ReturnLine], ordered: Sequence[Line], *, returning: Mapping[int, int]
) -> None:
    """Raise unless every line exists once and enough pieces of it are left to return."""
    left = {line.line_no: line.quantity - returning.get(line.line_no, 0) for line in ordered}
    seen: set[int] = set()
    for index, line in enumerate(wanted):
        if line.line_no not in left or line.line_no in seen:
            raise ReturnLineUnknown(f"line {line.line_no}", field=f"lines[{index}].line_no")
        if line.quantity > left[line.line_no]:
            raise ReturnTooMuch(
                f"{left[line.line_no]} of line {line.line_no} are left to return",
                field=f"lines[{index}].quantity",
                left=left[line.line_no],
            )
        seen.add(line.line_no)


def goods_refund(
    graded: Sequence[GradedLine], announced: Sequence[ReturnLine], ordered: Sequence[Line]
) -> Money | None:
    """Return what the buyer gets for the goods, None when it is nothing, or raise what is wrong.

    Goods as new or opened are worth their price; damaged ones what the inspector says; others
    nothing.
    """
    _check_complete(graded, announced)
    prices = {line.line_no: line.unit_price for line in ordered}
    amounts = [_refund(line, prices[line.line_no], index) for index, line in enumerate(graded)]
    whole = total(amounts, next(iter(prices.values())).currency)
    return whole if whole.minor else None


def condition_of(graded: Sequence[GradedLine]) -> str:
    """Return customs' word for the whole parcel: the worst grade decides."""
    grades = {line.grade for line in graded}
    if Grade.WRONG_GOODS in grades:
        return "wrong-goods"
    return "original" if grades == {Grade.AS_NEW} else "damaged"


def _check_complete(graded: Sequence[GradedLine], announced: Sequence[ReturnLine]) -> None:
    found: dict[int, int] = {}
    for line in graded:
        found[line.line_no] = found.get(line.line_no, 0) + line.quantity
    if found != {line.line_no: line.quantity for line in announced}:
        raise InspectionIncomplete("the graded pieces are not those announced", field="lines")


def _refund(line: GradedLine, unit_price: Money, index: int) -> Money:
    price = unit_price * line.quantity
    worth = Money(0, price.currency) if line.grade is Grade.WRONG_GOODS else price
    if line.refund is None:
        if line.grade is Grade.DAMAGED:
            raise RefundTooHigh("say what damaged goods are worth", field=f"lines[{index}].refund")
        return worth
    if worth < line.refund or line.refund.minor < 0:
        raise RefundTooHigh(
            f"at most {worth.minor} minor units", field=f"lines[{index}].refund", most=worth.minor
        )
    return line.refund
