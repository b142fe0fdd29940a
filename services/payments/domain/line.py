"""The lines of an order as its money sees them: each has a share of what was paid, and an end.

Shares are allocated by largest remainder in proportion to the goods, so they sum to the whole.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import NamedTuple

from shared.kernel.money import Money, split

NO_CURRENCY = "XXX"
"""ISO 4217 for none: the amounts of one order are all in its own."""


class LineEnd(StrEnum):
    """What became of a line's money."""

    HELD = "held"
    RELEASED = "released"
    GIVEN_BACK = "given-back"


class OrderLine(NamedTuple):
    """One line: how many pieces, what they cost, what of its share went back to the buyer."""

    no: int
    quantity: int
    goods_minor: int
    refunded_minor: int = 0
    end: str = LineEnd.HELD.value

    @property
    def is_held(self) -> bool:
        return self.end == LineEnd.HELD.value

    @property
    def goods_left_minor(self) -> int:
        return max(0, self.goods_minor - self.refunded_minor)


class LineAmount(NamedTuple):
    """What of an amount belongs to one line, in minor units."""

    no: int
    amount_minor: int


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """Share minor units in proportion to weights, exactly; equally when all of them are zero."""
    if not weights:
        return []
    heavy = weights if any(weights) else [1] * len(weights)
    return [part.minor for part in split(Money(amount, NO_CURRENCY), heavy)]


def all_ended(lines: Sequence[OrderLine]) -> tuple[OrderLine, ...]:
    """Return the lines once the order is released: those still held go with it."""
    return tuple(
        line._replace(end=LineEnd.RELEASED.value) if line.is_held else line for line in lines
    )


def with_refunds(
    lines: Sequence[OrderLine], amounts: Collection[LineAmount], *, is_end: bool
) -> tuple[OrderLine, ...]:
    """Return the lines after these refunds; `is_end` when nothing more is due on those lines."""
    refunded = {each.no: each.amount_minor for each in amounts}
    return tuple(
        line._replace(
            refunded_minor=line.refunded_minor + refunded[line.no],
            end=LineEnd.GIVEN_BACK.value if is_end and line.is_held else line.end,
        )
        if line.no in refunded
        else line
        for line in lines
    )
