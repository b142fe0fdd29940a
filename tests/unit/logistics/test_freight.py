"""Prices with breaks, and shares that sum exactly and never cost more than travelling alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.logistics.domain.freight import Break, Tariff, share_freight
from services.logistics.domain.weights import Load, WeightRule
from shared.kernel.money import Money, total
from tests.builders.logistics import a_tariff, scenario_parcels

WITH_BREAKS = (
    Break(from_g=0, per_kg_minor=2_000),
    Break(from_g=45_000, per_kg_minor=1_600),
    Break(from_g=100_000, per_kg_minor=1_400),
)


class TestPrice:
    @pytest.mark.parametrize(
        ("gross_g", "minor"),
        [
            (10_000, 20_000),
            (35_500, 71_000),
            (36_500, 72_000),  # 45 kg at the next break are cheaper than 36.5 kg
            (45_000, 72_000),
            (87_000, 139_200),
            (88_000, 140_000),  # and so are 100 kg
            (120_000, 168_000),
        ],
    )
    def test_uses_the_next_break_where_it_is_cheaper(self, gross_g: int, minor: int) -> None:
        assert a_tariff(breaks=WITH_BREAKS).price(Load(gross_g, 0)) == Money(minor, "MYR")

    def test_is_at_least_the_minimum(self) -> None:
        assert a_tariff(minimum_minor=5_000).price(Load(500, 0)) == Money(5_000, "MYR")

    def test_rounds_a_part_of_a_sen_up(self) -> None:
        tariff = a_tariff(
            weight_rule=WeightRule(divisor=6_000, step_g=1),
            breaks=(Break(from_g=0, per_kg_minor=1_401),),
        )

        assert tariff.price(Load(1, 0)) == Money(2, "MYR")

    @pytest.mark.parametrize(
        "breaks",
        [
            (),
            (Break(from_g=1, per_kg_minor=1),),
            (Break(from_g=0, per_kg_minor=1), Break(from_g=0, per_kg_minor=1)),
            (Break(from_g=0, per_kg_minor=1), Break(from_g=5, per_kg_minor=2)),
            (Break(from_g=0, per_kg_minor=-1),),
        ],
    )
    def test_needs_breaks_that_start_at_nothing_and_never_get_dearer(
        self, breaks: tuple[Break, ...]
    ) -> None:
        with pytest.raises(ValueError, match=r"tariff starts|breaks go up|not negative"):
            a_tariff(breaks=breaks)


class TestShareFreight:
    def test_of_the_scenario_costs_1862_together_and_2611_singly(self) -> None:
        loads = {parcel.id: parcel.load for parcel in scenario_parcels()}

        split = share_freight(loads, a_tariff())

        assert split.chargeable_g == 133_000
        assert split.total == Money(186_200, "MYR")
        assert split.alone == Money(261_100, "MYR")
        assert split.saved == Money(74_900, "MYR")
        assert total([share.amount for share in split.shares], "MYR") == split.total
        assert [share.parcel_id for share in split.shares] == list(loads)

    def test_gives_equal_parcels_shares_within_one_sen_the_earlier_the_more(self) -> None:
        loads = {name: Load(100, 0) for name in "abc"}

        split = share_freight(loads, a_tariff(breaks=(Break(from_g=0, per_kg_minor=1_000),)))

        assert split.total == Money(500, "MYR")
        assert [share.amount.minor for share in split.shares] == [167, 167, 166]

    @pytest.mark.parametrize(
        ("grams", "minors"), [([10, 1], [1, 1]), ([10, 1, 1], [1, 1, 0]), ([1, 10, 1], [1, 1, 0])]
    )
    def test_caps_a_share_at_the_price_alone_and_shares_the_rest(
        self, grams: list[int], minors: list[int]
    ) -> None:
        # A gram costs a tenth of a sen. Ten grams alone cost one sen exactly; the pool costs two,
        # rounded up, and by weight alone the ten grams would pay both.
        tariff = a_tariff(
            weight_rule=WeightRule(divisor=6_000, step_g=1),
            breaks=(Break(from_g=0, per_kg_minor=100),),
        )

        split = share_freight({str(i): Load(g, 0) for i, g in enumerate(grams)}, tariff)

        assert split.total == Money(2, "MYR")
        assert [share.amount.minor for share in split.shares] == minors

    def test_refuses_an_empty_pool(self) -> None:
        with pytest.raises(ValueError, match="nothing travels"):
            share_freight({}, a_tariff())

    @given(
        loads=st.lists(
            st.builds(Load, st.integers(1, 60_000), st.integers(1, 500_000_000)),
            min_size=1,
            max_size=30,
        ),
        rates=st.lists(st.integers(0, 5_000), min_size=1, max_size=4),
        step_g=st.sampled_from([1, 7, 100, 500, 1_000]),
        divisor=st.sampled_from([5_000, 6_000]),
        minimum_minor=st.integers(0, 10_000),
    )
    def test_sums_exactly_and_lets_nobody_pay_more_than_alone(
        self, loads: list[Load], rates: list[int], step_g: int, divisor: int, minimum_minor: int
    ) -> None:
        tariff = Tariff(
            currency="MYR",
            weight_rule=WeightRule(divisor=divisor, step_g=step_g),
            breaks=tuple(
                Break(from_g=i * 20_000, per_kg_minor=rate)
                for i, rate in enumerate(sorted(rates, reverse=True))
            ),
            minimum_minor=minimum_minor,
        )

        split = share_freight({str(i): load for i, load in enumerate(loads)}, tariff)

        assert total([share.amount for share in split.shares], "MYR") == split.total
        assert all(share.amount <= share.alone for share in split.shares)
        assert all(share.amount.minor >= 0 for share in split.shares)
