"""What CP-SAT proves of a few boxes in one container."""

import pytest

from services.logistics.domain.packing.fleet import plan_fleet
from services.logistics.domain.packing.request import (
    SUPPORT_FULL,
    SUPPORT_NONE,
    Container,
    Item,
    LoadRequest,
    Size,
)
from tests.bench.bench_fleet_bounds import TILES, needed
from tests.bench.exact_packing import can_stand

ENOUGH_S = 60.0


def cargo(container: Size, *boxes: Size, support: int) -> LoadRequest:
    length, width, height = container
    return LoadRequest(
        container=Container(length_mm=length, width_mm=width, height_mm=height),
        items=tuple(
            Item(sku=str(kind), length_mm=length, width_mm=width, height_mm=height, quantity=99)
            for kind, (length, width, height) in enumerate(boxes)
        ),
        support_permille=support,
    )


@pytest.mark.parametrize(
    ("container", "box", "count", "support", "stands"),
    [
        pytest.param((3, 3, 1), (2, 1, 1), 4, SUPPORT_FULL, True, id="four around a hole"),
        pytest.param((3, 3, 1), (2, 1, 1), 5, SUPPORT_NONE, False, id="more than the volume"),
        # A line of 16 crosses one 10 and one 6, so 540 / 72 = 7.5 boxes would lie with the 10.
        pytest.param((18, 16, 30), (10, 12, 6), 12, SUPPORT_NONE, False, id="no row fits"),
        pytest.param((7, 7, 7), (2, 4, 5), 6, SUPPORT_NONE, True, id="one floats"),
        pytest.param((7, 7, 7), (2, 4, 5), 6, SUPPORT_FULL, False, id="one would float"),
        pytest.param((2, 2, 2), (3, 1, 1), 1, SUPPORT_NONE, False, id="longer than the container"),
    ],
)
def test_boxes_can_stand_or_not(
    container: Size,
    box: Size,
    count: int,
    support: int,
    stands: bool,
) -> None:
    request = cargo(container, box, support=support)

    assert can_stand(request, (count,), seconds=ENOUGH_S) is stands


def test_what_cannot_be_judged_in_time_is_not_known() -> None:
    request = cargo((18, 16, 30), (10, 12, 6), (4, 8, 6), support=SUPPORT_NONE)

    assert can_stand(request, (8, 12), seconds=0.0) is None


def test_tiles_that_fill_no_row_need_a_container_more_than_their_volume() -> None:
    plan = plan_fleet(TILES, seed=0, work=200)

    assert (plan.bound, len(plan.plans)) == (2, 3)
    assert needed(TILES, plan, seconds=lambda: ENOUGH_S) == 3


def test_without_time_every_pattern_counts_as_possible() -> None:
    plan = plan_fleet(TILES, seed=0, work=200)

    assert needed(TILES, plan, seconds=lambda: 0.0) == 2
