"""The gate's own numbers for currencies, countries and units, as the pack lists them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from shared.kernel.money import Money

GRAMS_PER_KILOGRAM = 1_000


@dataclass(frozen=True, kw_only=True)
class GateCodes:
    """What the gate's codes mean, and the other way round."""

    currencies: Mapping[str, str]
    countries: Mapping[str, str]
    units: Mapping[str, str]
    digits: Mapping[str, int]
    _back: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lists = {"currency": self.currencies, "country": self.countries, "unit": self.units}
        back = {name: {means: code for code, means in rows.items()} for name, rows in lists.items()}
        object.__setattr__(self, "_back", back)

    def code_of(self, kind: str, means: str) -> str:
        """Return the gate's code of an ISO currency or country or a Rec 20 unit, or KeyError."""
        return self._back[kind][means]

    def money(self, amount: Decimal, currency_code: str) -> Money:
        """Return an amount in whole minor units; ValueError says why it is none."""
        currency = self.currencies.get(currency_code)
        if currency is None or currency not in self.digits:
            raise ValueError(f"no currency has the code {currency_code}")
        minor = amount.scaleb(self.digits[currency])
        if minor != minor.to_integral_value():
            raise ValueError(f"{currency} has only {self.digits[currency]} decimals")
        return Money(int(minor), currency)

    def amount(self, money: Money) -> Decimal:
        """Return money as the decimal that a message carries."""
        return Decimal(money.minor).scaleb(-self.digits[money.currency])


def grams(kilograms: Decimal) -> int:
    """Return kilograms as whole grams; ValueError when they are none."""
    value = kilograms * GRAMS_PER_KILOGRAM
    if value != value.to_integral_value():
        raise ValueError("a weight has at most 3 decimals")
    return int(value)


def kilograms(weight_g: int) -> Decimal:
    return Decimal(weight_g) / GRAMS_PER_KILOGRAM
