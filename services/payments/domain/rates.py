"""Mid rates as their sources give them, and exact cross rates made from them.

A rate keeps its direction and quoting unit (100 CNY = 61.00 MYR stays that). A cross rate is a
ratio of whole numbers over all legs, so money is rounded once, never on the way.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import NamedTuple

from services.payments.domain.rejections import RateMissing, RateMoved, RateStale

RATE_DECIMALS_SHOWN = 10
BASIS_POINTS = 10_000


class Mid(NamedTuple):
    """`unit` of `base` cost `rate` of `counter`, said `source` at the moment `at`."""

    base: str
    counter: str
    unit: int
    rate: Decimal
    source: str
    at: datetime

    def ratio(self) -> Fraction:
        """Return counter per base, exactly."""
        return Fraction(self.rate) / self.unit


class Cross(NamedTuple):
    """Target currency per source currency, and the mids it was made from."""

    ratio: Fraction
    legs: tuple[Mid, ...]

    def shown(self) -> str:
        """Return the rate as text for people; amounts are computed from the ratio."""
        exact = Decimal(self.ratio.numerator) / Decimal(self.ratio.denominator)
        step = Decimal(1).scaleb(-RATE_DECIMALS_SHOWN)
        return f"{exact.quantize(step, rounding=ROUND_HALF_EVEN).normalize():f}"


def cross_rate(mids: Sequence[Mid], *, source: str, target: str) -> Cross:
    """Return the rate between two currencies: quoted, turned around, or over one third currency.

    Among several third currencies the first by name is taken, so both hubs choose alike. Raises
    RateMissing.
    """
    direct = _leg(mids, source, target)
    if direct is not None:
        return direct
    for pivot in sorted({mid.base for mid in mids} | {mid.counter for mid in mids}):
        first, second = _leg(mids, source, pivot), _leg(mids, pivot, target)
        if first is not None and second is not None:
            return Cross(first.ratio * second.ratio, (*first.legs, *second.legs))
    raise RateMissing(f"no source gives a rate from {source} to {target}")


def check_age(cross: Cross, *, now: datetime, age_max: timedelta) -> None:
    """Raise RateStale if a mid is older than `age_max`."""
    oldest = min(mid.at for mid in cross.legs)
    if now - oldest > age_max:
        raise RateStale("the newest mid rate is too old", at=oldest.isoformat())


def check_move(cross: Cross, previous: Cross, *, move_bp_max: int) -> None:
    """Raise RateMoved if the rate moved more than `move_bp_max` basis points since `previous`."""
    moved = abs(cross.ratio - previous.ratio) * BASIS_POINTS
    if moved > previous.ratio * move_bp_max:
        raise RateMoved(
            "the mid rate moved too far to lock an amount on it", move_bp_max=move_bp_max
        )


def in_minor_units(
    cross: Cross, *, source: str, target: str, digits: Mapping[str, int]
) -> Fraction:
    """Return target minor units per source minor unit; `digits` are the ISO 4217 exponents."""
    return cross.ratio * Fraction(10) ** (digits[target] - digits[source])


def _leg(mids: Sequence[Mid], source: str, target: str) -> Cross | None:
    for mid in mids:
        if (mid.base, mid.counter) == (source, target):
            return Cross(mid.ratio(), (mid,))
    for mid in mids:
        if (mid.counter, mid.base) == (source, target):
            return Cross(1 / mid.ratio(), (mid,))
    return None
