"""Values of a pack are text, read exactly or refused."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from shared.kernel.money import Money
from shared.packs.values import (
    money_text,
    read_count,
    read_day,
    read_flag,
    read_money,
    read_months,
    read_rate,
)

DIGITS = {"CNY": 2, "JPY": 0}


class TestMoney:
    @pytest.mark.parametrize(
        ("text", "minor", "currency"),
        [("5000.00 CNY", 500_000, "CNY"), ("0.01 CNY", 1, "CNY"), ("-1.50 CNY", -150, "CNY")],
    )
    def test_reads_minor_units_and_writes_them_back(
        self, text: str, minor: int, currency: str
    ) -> None:
        assert read_money(text, DIGITS) == Money(minor, currency)
        assert money_text(Money(minor, currency), DIGITS) == text

    def test_knows_currencies_without_decimals(self) -> None:
        assert read_money("300 JPY", DIGITS) == Money(300, "JPY")
        assert money_text(Money(300, "JPY"), DIGITS) == "300 JPY"

    @pytest.mark.parametrize("text", ["5000 CNY", "5000.0 CNY", "5e3 CNY", "1.00 USD", "1.00CNY"])
    def test_refuses_what_is_not_written_out(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"CNY|USD"):
            read_money(text, DIGITS)


class TestOtherValues:
    def test_reads_a_rate_as_a_fraction(self) -> None:
        assert read_rate("9.1 %") == Decimal("0.091")

    @pytest.mark.parametrize(
        ("read", "text", "problem"),
        [
            (read_rate, "13", "not a rate"),
            (read_count, "1.5", "not a whole number"),
            (read_day, "2019-1-1", "not a day"),
            (read_day, "2019-02-30", "out of range"),
            (read_months, "3 days", "not a number of months"),
            (read_flag, "true", "neither yes nor no"),
        ],
    )
    def test_refuses_other_spellings(
        self, read: Callable[[str], object], text: str, problem: str
    ) -> None:
        with pytest.raises(ValueError, match=problem):
            read(text)
