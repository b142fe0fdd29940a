"""Currencies (ISO 4217): which there are, and how many decimals their minor unit has."""

from functools import lru_cache

from iso4217 import Currency

from shared.kernel.errors import Rejected


class CurrencyUnknown(Rejected):
    """ISO 4217 has no such currency, or none with minor units."""

    code = "currency-unknown"


def check_currency(code: str, *, field: str | None = None) -> str:
    """Return the code of a currency that money can be counted in, or raise naming the field."""
    try:
        digits_of(code)
    except CurrencyUnknown as unknown:
        raise CurrencyUnknown(unknown.message, field=field, currency=code) from unknown
    return code


@lru_cache(maxsize=512)
def digits_of(code: str) -> int:
    """Return the decimals of a currency's minor unit: 2 for CNY, 0 for JPY; or raise."""
    try:
        digits: int | None = Currency(code).exponent
    except ValueError as error:
        raise CurrencyUnknown("not a currency of ISO 4217", currency=code) from error
    if digits is None:
        raise CurrencyUnknown("this currency has no minor unit", currency=code)
    return digits
