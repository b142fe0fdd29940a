"""How values are written in a pack. Everything is text, read exactly or refused.

`5000.00 CNY` is money, `70 %` a rate, `30 d` a number of days, `2019-01-01` a day. Text keeps a
pack free of floats and its hash free of any parser's opinion about numbers and booleans.
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from shared.kernel.money import Money

_MONEY = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,4}))? ([A-Z]{3})")
_RATE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) %")
_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,10})?")
_COUNT = re.compile(r"[0-9]{1,12}")
_DAYS = re.compile(r"([0-9]{1,5}) d")
_MONTHS = re.compile(r"([0-9]{1,3}) months?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Digits = Mapping[str, int]
"""Digits after the point of each currency that a pack uses, by ISO 4217 code."""


def read_money(text: str, digits: Digits) -> Money:
    """Read `5000.00 CNY`; every digit of the minor unit must be written."""
    match = _MONEY.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not an amount like 5000.00 CNY")
    sign, whole, fraction, currency = match.groups(default="")
    if currency not in digits:
        raise ValueError(f"the pack does not list the currency {currency}")
    if len(fraction) != digits[currency]:
        raise ValueError(f"{currency} is written with {digits[currency]} decimals")
    return Money(int(f"{sign}{whole}{fraction}"), currency)


def money_text(money: Money, digits: Digits) -> str:
    """Write money the way `read_money` reads it."""
    sign = "-" if money.minor < 0 else ""
    places = digits[money.currency]
    shown = str(abs(money.minor)).rjust(places + 1, "0")
    amount = f"{shown[:-places]}.{shown[-places:]}" if places else shown
    return f"{sign}{amount} {money.currency}"


def read_rate(text: str) -> Decimal:
    """Read `70 %` as 0.70."""
    match = _RATE.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a rate like 70 %")
    return Decimal(match[1]) / 100


def read_number(text: str) -> Decimal:
    """Read an exact decimal number."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a decimal number")
    return Decimal(text)


def read_count(text: str) -> int:
    """Read a whole number, zero or more."""
    if not _COUNT.fullmatch(text):
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


def read_days(text: str) -> int:
    """Read `30 d`."""
    match = _DAYS.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a number of days like 30 d")
    return int(match[1])


def read_months(text: str) -> int:
    """Read `3 months`."""
    match = _MONTHS.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a number of months like 3 months")
    return int(match[1])


def add_months(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def read_day(text: str) -> date:
    """Read `2019-01-01`."""
    if not _DAY.fullmatch(text):
        raise ValueError(f"{text!r} is not a day like 2019-01-01")
    return date.fromisoformat(text)


def read_flag(text: str) -> bool:
    """Read `yes` or `no`."""
    if text not in {"yes", "no"}:
        raise ValueError(f"{text!r} is neither yes nor no")
    return text == "yes"
