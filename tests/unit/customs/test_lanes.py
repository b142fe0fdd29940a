"""The simulated authority's draw: fair, reproducible, and forced only by test-mode numbers."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.customs.domain.basis import Basis
from services.customs.domain.lanes import (
    CHAIN_END,
    Lane,
    LaneProfile,
    RiskFacts,
    choose_lane,
    commitment_to,
    forced_lane,
    seed_of,
    strictest_lane,
)
from shared.kernel.money import Money
from tests.builders.customs import LOGISTICS_NO, ORDER_NO, TODAY, rulebook

BASIS = Basis(rule="R1", key="risk.import-lanes", citation="a test", confidence="unverified")


def profile(**shares: str) -> LaneProfile:
    return LaneProfile(
        shares=tuple((Lane(lane), Decimal(share)) for lane, share in shares.items()), basis=BASIS
    )


class TestChooseLane:
    def test_draws_the_same_lane_for_the_same_seed_and_subject(self) -> None:
        mixed = profile(green="0.5", red="0.5")
        subjects = [f"KV{number}" for number in range(50)]

        once = [choose_lane(mixed, seed="7", subject=subject) for subject in subjects]
        again = [choose_lane(mixed, seed="7", subject=subject) for subject in subjects]
        other = [choose_lane(mixed, seed="8", subject=subject) for subject in subjects]

        assert once == again
        assert once != other

    def test_keeps_the_shares(self) -> None:
        mixed = profile(green="0.90", yellow="0.07", red="0.03")

        drawn = [choose_lane(mixed, seed="7", subject=f"KV{n}") for n in range(10_000)]

        assert 8_900 < drawn.count(Lane.GREEN) < 9_100
        assert 600 < drawn.count(Lane.YELLOW) < 800
        assert 240 < drawn.count(Lane.RED) < 360

    def test_needs_shares_that_make_one_whole(self) -> None:
        with pytest.raises(ValueError, match="100 %"):
            profile(green="0.9")


class TestForcedLane:
    @pytest.mark.parametrize(
        ("order_no", "lane"),
        [("T-1-RED", Lane.RED), ("T-1-yellow", Lane.YELLOW), (ORDER_NO, None), ("RED1", None)],
    )
    def test_is_read_from_the_end_of_the_order_number(
        self, order_no: str, lane: Lane | None
    ) -> None:
        assert forced_lane(order_no) is lane

    def test_counts_in_test_mode_only(self) -> None:
        def drawn(*, forces_lanes: bool) -> Lane:
            return rulebook(forces_lanes=forces_lanes).lane(
                "CN", "import", subject=LOGISTICS_NO, order_no="T-1-RED", on=TODAY
            )

        assert drawn(forces_lanes=True) is Lane.RED
        assert drawn(forces_lanes=False) is Lane.GREEN


class TestStrictestLane:
    ARMS = LaneProfile(shares=((Lane.RED, Decimal(1)),), basis=BASIS, goods=("93",))
    DEAR = LaneProfile(
        shares=((Lane.YELLOW, Decimal(1)),), basis=BASIS, origins=("MY",), over=Money(100, "CNY")
    )

    @pytest.mark.parametrize(
        ("facts", "lane"),
        [
            (RiskFacts(), Lane.GREEN),
            (RiskFacts(hs_codes=("9304000000",)), Lane.RED),
            (RiskFacts(hs_codes=("9404210000",)), Lane.GREEN),
            (RiskFacts(origins=("MY",), value=Money(101, "CNY")), Lane.YELLOW),
            (RiskFacts(origins=("MY",), value=Money(100, "CNY")), Lane.GREEN),
            (RiskFacts(origins=("MY",), value=Money(101, "MYR")), Lane.GREEN),
            (RiskFacts(origins=("TH",), value=Money(101, "CNY")), Lane.GREEN),
            (
                RiskFacts(hs_codes=("9304000000",), origins=("MY",), value=Money(101, "CNY")),
                Lane.RED,
            ),
        ],
    )
    def test_is_that_of_all_profiles_that_apply(self, facts: RiskFacts, lane: Lane) -> None:
        profiles = (profile(green="1"), self.DEAR, self.ARMS)

        assert strictest_lane(profiles, facts, seed="7", subject="KV1") is lane


class TestSeeds:
    def test_are_hashed_from_the_next_day_s_and_depend_on_the_secret(self) -> None:
        today, tomorrow = date(2026, 9, 1), date(2026, 9, 2)

        assert commitment_to(seed_of("a secret", tomorrow)) == seed_of("a secret", today)
        assert seed_of("a secret", today) != seed_of("another", today)
        assert "a secret" not in seed_of("a secret", CHAIN_END)

    def test_end_with_the_chain(self) -> None:
        with pytest.raises(ValueError, match="2050"):
            seed_of("a secret", CHAIN_END + timedelta(days=1))
