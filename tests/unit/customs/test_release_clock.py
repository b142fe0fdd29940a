"""The clock from declaration to release, by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.customs.domain.declaration import Declaration, Step
from services.customs.domain.lanes import Lane
from services.customs.domain.release_clock import (
    Spread,
    Stretch,
    release_times,
    released_at,
    spread,
)
from services.customs.domain.status import Status

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
HOUR = 3_600


def declared(*moves: tuple[int, int], lane: Lane = Lane.GREEN) -> Declaration:
    """A declaration that took these statuses, each so many seconds after noon."""
    history = tuple(
        Step(status=Status(status), at=NOON + timedelta(seconds=second), by="a")
        for status, second in moves
    )
    return Declaration(
        id="dec_1",
        logistics_no="KV-1",
        order_id="ord_1",
        order_no="1",
        seller_id="mbr_1",
        seller_hub="my-kul",
        status=history[-1].status,
        lane=lane,
        history=history,
    )


class TestSpread:
    @pytest.mark.parametrize(
        ("seconds", "half", "nine_in_ten", "longest"),
        [
            ([7], 7, 7, 7),
            ([4, 1], 1, 4, 4),
            ([3, 1, 2], 2, 3, 3),
            (list(range(1, 11)), 5, 9, 10),
            (list(range(1, 12)), 6, 10, 11),
        ],
    )
    def test_is_by_nearest_rank(
        self, seconds: list[int], half: int, nine_in_ten: int, longest: int
    ) -> None:
        assert spread(seconds) == Spread(
            count=len(seconds), half_s=half, nine_in_ten_s=nine_in_ten, longest_s=longest
        )


class TestClock:
    def test_runs_from_declaration_to_release_and_not_on(self) -> None:
        one = declared((2, 0), (3, 1), (120, 5), (800, 65), (899, 9_000))

        (lane,) = release_times([one])

        assert released_at(one) == NOON + timedelta(seconds=65)
        assert (lane.whole.longest_s, lane.within_promise) == (65, 1)
        assert [(s.earlier, s.later, took.longest_s) for s, took in lane.stretches] == [
            (2, 3, 1),
            (3, 120, 4),
            (120, 800, 60),
        ]

    def test_counts_what_a_return_cost_in_every_round(self) -> None:
        one = declared(
            (2, 0), (3, 1), (100, 3), (100, 50), (2, 103), (3, 104), (120, 110), (800, 110)
        )

        (lane,) = release_times([one])

        took = {stretch: each.longest_s for stretch, each in lane.stretches}
        assert took[Stretch(earlier=Status.DECLARING, later=Status.SENT)] == 2
        assert took[Stretch(earlier=Status.RETURNED, later=Status.DECLARING)] == 100
        assert sum(took.values()) == lane.whole.longest_s == 110

    def test_leaves_out_what_is_not_released(self) -> None:
        assert release_times([declared((2, 0), (3, 1), (120, 5), (500, 6))]) == []

    def test_keeps_lanes_and_hubs_apart_and_counts_the_promise(self) -> None:
        quick = declared((2, 0), (120, 1), (800, 3 * HOUR))
        slow = declared((2, 0), (120, 1), (800, 3 * HOUR + 1))
        red = declared((2, 0), (120, 1), (500, 2), (800, 9 * HOUR), lane=Lane.RED)
        elsewhere = replace(quick, seller_hub="cn-hgh")

        found = release_times([slow, red, quick, elsewhere])

        assert [(x.seller_hub, x.lane, x.whole.count, x.within_promise) for x in found] == [
            ("cn-hgh", Lane.GREEN, 1, 1),
            ("my-kul", Lane.GREEN, 2, 1),
            ("my-kul", Lane.RED, 1, 0),
        ]
