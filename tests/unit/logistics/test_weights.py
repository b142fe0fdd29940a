"""Loads and what they weigh for a price; the acceptance scenario's weights among them."""

import pytest

from services.logistics.domain.weights import Dimensions, Load, WeightRule, together
from tests.builders.logistics import scenario_parcels

CARGO = WeightRule(divisor=6_000, step_g=500)
COURIER = WeightRule(divisor=5_000, step_g=500)


class TestChargeableWeight:
    @pytest.mark.parametrize(
        ("gross_g", "volume_mm3", "rule", "chargeable_g"),
        [
            (720, 3_168_000, CARGO, 1_000),  # gross decides, rounded up
            (1_650, 33_600_000, CARGO, 6_000),  # volume decides
            (1_650, 33_600_000, COURIER, 7_000),  # the courier's divisor: 6.72 kg
            (500, 1, CARGO, 500),  # exactly on a step stays there
            (501, 1, CARGO, 1_000),
            (1, 3_000_000, CARGO, 500),  # volumetric exactly on a step
            (1, 3_000_001, CARGO, 1_000),  # one cubic millimetre above it
            (0, 0, CARGO, 0),
        ],
    )
    def test_is_the_greater_of_both_rounded_up_to_the_step(
        self, gross_g: int, volume_mm3: int, rule: WeightRule, chargeable_g: int
    ) -> None:
        assert rule.chargeable_g(Load(gross_g, volume_mm3)) == chargeable_g

    def test_of_the_scenario_is_133_kg_together_and_186_and_a_half_singly(self) -> None:
        loads = [parcel.load for parcel in scenario_parcels()]
        pool = together(loads)

        assert len(loads) == 117
        assert pool.gross_g == 122_160
        assert CARGO.volumetric_g(pool) == 132_801  # 132.80 kg
        assert CARGO.chargeable_g(pool) == 133_000
        assert sum(CARGO.chargeable_g(load) for load in loads) == 186_500

    def test_of_the_scenario_shows_each_kind_as_its_table_does(self) -> None:
        shown = {p.id: CARGO.volumetric_g(p.load) for p in scenario_parcels()}

        assert sorted(set(shown.values())) == [528, 1_056, 5_600, 20_417]


class TestLoad:
    def test_is_never_negative(self) -> None:
        with pytest.raises(ValueError, match="nothing or more"):
            Load(-1, 0)

    def test_has_sides_of_at_least_a_millimetre(self) -> None:
        assert Dimensions(length_mm=1, width_mm=1, height_mm=1).volume_mm3 == 1
        with pytest.raises(ValueError, match="at least one millimetre"):
            Dimensions(length_mm=0, width_mm=1, height_mm=1)

    def test_of_nothing_weighs_nothing(self) -> None:
        assert together([]) == Load(0, 0)


class TestWeightRule:
    def test_may_be_as_fine_as_a_gram(self) -> None:
        assert WeightRule(divisor=1, step_g=1).chargeable_g(Load(3, 2)) == 3

    @pytest.mark.parametrize(("divisor", "step_g"), [(0, 500), (6_000, 0)])
    def test_needs_a_positive_divisor_and_step(self, divisor: int, step_g: int) -> None:
        with pytest.raises(ValueError, match="positive"):
            WeightRule(divisor=divisor, step_g=step_g)
