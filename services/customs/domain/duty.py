"""What a duty comes to: ad valorem, specific, both, or the higher or lower of the two."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shared.kernel.errors import Rejected
from shared.kernel.money import Money, Rounding, rounded

GRAMS_PER_KILOGRAM = 1_000


class WeightMissing(Rejected):
    """A duty per kilogram needs the net weight of the goods."""

    code = "customs.weight-missing"


class Combine(StrEnum):
    """How the two parts of a duty go together."""

    SUM = "sum"
    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, kw_only=True)
class Specific:
    """An amount for each unit: a kilogram of net weight (KGM), or a piece (C62)."""

    amount: Money
    unit: str
    combine: Combine

    def of(self, *, quantity: int, net_weight_g: int | None, rounding: Rounding) -> Money:
        """Return the specific part, or raise WeightMissing."""
        if self.unit != "KGM":
            return self.amount * quantity
        if net_weight_g is None:
            raise WeightMissing("this goods code is taxed by weight", field="net_weight_g")
        exact = Decimal(self.amount.minor * net_weight_g) / GRAMS_PER_KILOGRAM
        return Money(rounded(exact, rounding), self.amount.currency)


def combined(ad_valorem: Money, specific: Money, combine: Combine) -> Money:
    """Return the duty of both parts; only SUM adds them."""
    if combine is Combine.SUM:
        return ad_valorem + specific
    choose: Callable[..., Money] = max if combine is Combine.HIGHER else min
    return choose(ad_valorem, specific)
