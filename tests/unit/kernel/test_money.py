"""Money: whole minor units, one currency, splits that sum exactly."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.money import AmountOutOfRange, CurrencyMismatch, Money, Rounding, split, total


class TestMoney:
    def test_refuses_to_mix_currencies(self) -> None:
        with pytest.raises(CurrencyMismatch):
            Money(1, "MYR") + Money(1, "CNY")
        with pytest.raises(CurrencyMismatch):
            assert Money(1, "MYR") < Money(2, "CNY")

    def test_refuses_fractions_and_amounts_out_of_range(self) -> None:
        with pytest.raises(TypeError):
            Money(1.5, "MYR")  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            Money(True, "MYR")
        with pytest.raises(AmountOutOfRange):
            Money(10**15 + 1, "MYR")

    @pytest.mark.parametrize(
        ("rounding", "expected"),
        [
            (Rounding.HALF_UP, 1_002_383),
            (Rounding.HALF_EVEN, 1_002_382),
            (Rounding.DOWN, 1_002_382),
            (Rounding.UP, 1_002_383),
        ],
    )
    def test_rounds_a_rate_as_its_rule_says(self, rounding: Rounding, expected: int) -> None:
        """16,432.50 CNY at 0.61 is 10,023.825 MYR: the half that tells the modes apart."""
        amount = Money(1_643_250, "MYR").times_rate(Decimal("0.61"), rounding)

        assert amount.minor == expected


class TestSplit:
    @given(
        minor=st.integers(-(10**12), 10**12),
        weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=50).filter(any),
    )
    def test_sums_exactly_and_gives_nothing_for_no_weight(
        self, minor: int, weights: list[int]
    ) -> None:
        shares = split(Money(minor, "MYR"), weights)

        assert total(shares, "MYR").minor == minor
        for share, weight in zip(shares, weights, strict=True):
            exact = Decimal(minor) * weight / sum(weights)
            assert abs(share.minor - exact) < 1
            assert weight or share.minor == 0

    def test_gives_the_odd_unit_to_the_largest_remainder_then_the_first(self) -> None:
        shares = split(Money(100, "MYR"), [1, 1, 1])

        assert [share.minor for share in shares] == [34, 33, 33]

    @pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
    def test_refuses_weights_that_share_nothing(self, weights: list[int]) -> None:
        with pytest.raises(ValueError, match="weights"):
            split(Money(1, "MYR"), weights)
