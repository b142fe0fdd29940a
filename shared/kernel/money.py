"""Money: integer minor units and an ISO 4217 currency. No float comes near it.

Rates are `Decimal`; whoever multiplies says how to round, because the rule that gave the rate
says so too.
"""

import decimal
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shared.kernel.errors import Rejected

AMOUNT_MINOR_MAX = 10**15
"""The largest amount of one command, in minor units; sums stay far below 64 bits."""


class Rounding(StrEnum):
    """How a rule rounds; stored with the rule, by these names."""

    HALF_UP = "half-up"
    HALF_EVEN = "half-even"
    DOWN = "down"
    UP = "up"

    @property
    def decimal_mode(self) -> str:
        return {
            Rounding.HALF_UP: decimal.ROUND_HALF_UP,
            Rounding.HALF_EVEN: decimal.ROUND_HALF_EVEN,
            Rounding.DOWN: decimal.ROUND_DOWN,
            Rounding.UP: decimal.ROUND_UP,
        }[self]


class CurrencyMismatch(Rejected):
    """Amounts of two currencies can't be added; convert one with a quote first."""

    code = "currency-mismatch"


class AmountOutOfRange(Rejected):
    """An amount must stay within ±10^15 minor units."""

    code = "amount-out-of-range"


@dataclass(frozen=True, order=False)
class Money:
    """An amount in minor units (sen, fen, cents) of one currency; may be negative."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("minor units are integers")
        if not -AMOUNT_MINOR_MAX <= self.minor <= AMOUNT_MINOR_MAX:
            raise AmountOutOfRange(f"{self.minor} minor units is out of range")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __mul__(self, times: int) -> "Money":
        if not isinstance(times, int):
            raise TypeError("multiply money by a whole number; use times_rate for rates")
        return Money(self.minor * times, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor <= other.minor

    def times_rate(self, rate: Decimal, rounding: Rounding) -> "Money":
        """Return this amount times `rate`, rounded to a whole minor unit as told."""
        return Money(rounded(Decimal(self.minor) * rate, rounding), self.currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not mix")


def rounded(value: Decimal, rounding: Rounding) -> int:
    """Return `value` as a whole number, rounded as told."""
    return int(value.quantize(Decimal(1), rounding=rounding.decimal_mode))


def total(amounts: Sequence[Money], currency: str) -> Money:
    """Return the sum of `amounts`, zero in `currency` when there are none."""
    minor = 0
    for amount in amounts:
        if amount.currency != currency:
            raise CurrencyMismatch(f"{currency} and {amount.currency} do not mix")
        minor += amount.minor
    return Money(minor, currency)


def split(amount: Money, weights: Sequence[int]) -> list[Money]:
    """Share `amount` in proportion to whole, non-negative `weights`, summing exactly.

    Largest remainder: every share is rounded down, then the units left over go one each to the
    largest remainders, the earlier share first among equals. All weights zero raises ValueError.
    """
    if not weights or min(weights) < 0 or sum(weights) == 0:
        raise ValueError("weights are whole numbers, none negative, not all zero")
    sign = -1 if amount.minor < 0 else 1
    whole = abs(amount.minor)
    all_weights = sum(weights)
    shares = [whole * weight // all_weights for weight in weights]
    remainders = [whole * weight % all_weights for weight in weights]
    left = whole - sum(shares)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    for i in by_remainder[:left]:
        shares[i] += 1
    return [Money(sign * share, amount.currency) for share in shares]
