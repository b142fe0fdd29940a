"""An exchange quote: both amounts locked and already rounded, for a while, taken once.

The fixed side is what the seller named. A fixed source is rounded half up into the target (or as
the rules say), a fixed target costs its source rounded up: towards the pool. Together with a fee of
at least one minor unit, no circle of quotes can gain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from services.payments.domain.rates import BASIS_POINTS, Cross, Mid, in_minor_units
from services.payments.domain.rejections import AmountTooSmall
from services.payments.domain.rules import Rules, round_ratio
from shared.kernel.money import AMOUNT_MINOR_MAX, AmountOutOfRange, Rounding


class Fix(StrEnum):
    """Which side of the exchange the seller named."""

    SOURCE = "source"
    TARGET = "target"


class QuoteState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    EXPIRED = "expired"


class FxProvider(NamedTuple):
    """One house that competes for exchanges; `spread_bp` is what it takes off the mid rate."""

    name: str
    spread_bp: int
    is_simulated: bool


class Amounts(NamedTuple):
    """One offer, in minor units. `at_mid` is the target before spread, `target` before the fee."""

    source: int
    at_mid: int
    target: int
    fee: int

    @property
    def net(self) -> int:
        return self.target - self.fee


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One locked offer of one provider to one seller."""

    id: str
    seller_id: str
    provider: str
    is_simulated: bool
    fix: Fix
    source_currency: str
    target_currency: str
    amounts: Amounts
    spread_bp: int
    rounding: Rounding
    rate: str
    legs: tuple[Mid, ...]
    state: QuoteState
    created_at: datetime
    expires_at: datetime


class Wish(NamedTuple):
    """What a seller asks to exchange: `minor` of the side that `fix` names."""

    source_currency: str
    target_currency: str
    fix: Fix
    minor: int


def price(
    wish: Wish, *, cross: Cross, provider: FxProvider, rules: Rules, digits: Mapping[str, int]
) -> Amounts:
    """Return a provider's amounts for a wish, or raise AmountTooSmall or AmountOutOfRange."""
    mid = in_minor_units(
        cross, source=wish.source_currency, target=wish.target_currency, digits=digits
    )
    offered = mid * (BASIS_POINTS - provider.spread_bp) / BASIS_POINTS
    rounding = rules.exchange_fee.rounding
    if wish.fix is Fix.SOURCE:
        source = wish.minor
        target = _rounded(source * offered, rounding)
    else:
        target = wish.minor
        source = _rounded(target / offered, Rounding.UP)
    at_mid = max(target, _rounded(source * mid, rounding))
    fee = rules.exchange_fee.of(target)
    if source <= 0 or target <= fee:
        raise AmountTooSmall("after rounding and fee nothing would be left", field="amount")
    if max(source, at_mid) > AMOUNT_MINOR_MAX:
        raise AmountOutOfRange("the exchanged amount is out of range", field="amount")
    return Amounts(source=source, at_mid=at_mid, target=target, fee=fee)


def best(wish: Wish, offers: Sequence[tuple[FxProvider, Amounts]]) -> tuple[FxProvider, Amounts]:
    """Return the offer that is best for the seller; equal offers go by the provider's name."""
    if wish.fix is Fix.SOURCE:
        return min(offers, key=lambda offer: (-offer[1].net, offer[0].name))
    return min(offers, key=lambda offer: (offer[1].source, offer[0].name))


def _rounded(value: Fraction, rounding: Rounding) -> int:
    return round_ratio(value.numerator, value.denominator, rounding)
