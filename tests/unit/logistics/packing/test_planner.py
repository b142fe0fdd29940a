"""The planner keeps every rule it is given, and gives the same plan for the same seed and work."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.logistics.domain.packing.checker import FaultCode, faults_of
from services.logistics.domain.packing.engine import search as engine
from services.logistics.domain.packing.engine.search import fill_min_of
from services.logistics.domain.packing.plan import LoadPlan
from services.logistics.domain.packing.planner import plan_load
from services.logistics.domain.packing.request import (
    ANY_SIDE_UP,
    SUPPORT_NONE,
    THIS_SIDE_UP,
    Container,
    Item,
    LoadRequest,
)
from shared.kernel.errors import Rejected
from tests.unit.logistics.packing.build import an_item

# One worker compiles the search for all of them.
pytestmark = pytest.mark.xdist_group("planner")

SMALL = Container(length_mm=2_400, width_mm=1_200, height_mm=1_200)
STEPS = Container(length_mm=400, width_mm=200, height_mm=200)
WIDE, SHORT, LONG = (
    Item(sku=sku, length_mm=length, width_mm=width, height_mm=100, upright=THIS_SIDE_UP)
    for sku, length, width in (("wide", 200, 200), ("short", 200, 100), ("long", 400, 100))
)
"""No two of these are a block together, so that one must stand across two others."""


def drawn(seed: int, **fields: Any) -> LoadRequest:
    """A cargo of eight kinds that is a little more than the container holds."""
    draw = random.Random(seed)
    items = tuple(
        Item(
            sku=f"k{kind}",
            length_mm=draw.randrange(200, 900, 10),
            width_mm=draw.randrange(150, 600, 10),
            height_mm=draw.randrange(100, 500, 10),
            quantity=draw.randint(6, 14),
            weight_g=draw.randint(1_000, 30_000),
            upright=draw.choice((ANY_SIDE_UP, THIS_SIDE_UP)),
        )
        for kind in range(8)
    )
    return LoadRequest(**{"container": SMALL, "items": items, **fields})


def varied(seed: int, **fields: Any) -> LoadRequest:
    """A cargo of ninety boxes, each of a kind of its own."""
    draw = random.Random(seed)
    items = tuple(
        Item(
            sku=f"k{kind}",
            length_mm=draw.randrange(300, 600, 10),
            width_mm=draw.randrange(200, 500, 10),
            height_mm=draw.randrange(150, 400, 10),
        )
        for kind in range(90)
    )
    return LoadRequest(**{"container": SMALL, "items": items, **fields})


def limited(request: LoadRequest, change: Callable[[int, Item], Item]) -> LoadRequest:
    items = tuple(change(kind, item) for kind, item in enumerate(request.items))
    return replace(request, items=items)


def planned(request: LoadRequest, *, work: int = 3_000) -> LoadPlan:
    """A plan that the checker accepts and that is not just empty."""
    plan = plan_load(request, seed=1, work=work)
    assert faults_of(plan, request) == ()
    assert plan.placements
    return plan


def broken_by(plan: LoadPlan, request: LoadRequest) -> set[FaultCode]:
    """The rules that a plan made for another request would break: so they do bind."""
    return {fault.code for fault in faults_of(plan, request)}


class TestPlanLoad:
    @pytest.mark.parametrize("support", [1_000, 800, SUPPORT_NONE])
    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_fills_a_container_well(self, seed: int, support: int) -> None:
        plan = planned(drawn(seed, support_permille=support))

        assert plan.utilisation > 0.8

    @pytest.mark.parametrize("support", [1_000, SUPPORT_NONE])
    def test_fills_a_container_with_boxes_of_which_no_two_are_alike(self, support: int) -> None:
        request = varied(1, support_permille=support)

        assert fill_min_of(request) < 1
        assert planned(request).utilisation > 0.75

    def test_joins_boxes_without_gaps_where_enough_are_alike(self) -> None:
        assert fill_min_of(drawn(1)) == 1

    def test_loads_everything_that_fits_and_says_so(self) -> None:
        request = LoadRequest(container=SMALL, items=(an_item(length_mm=600, quantity=3),))

        plan = planned(request)

        assert plan.complete
        assert len(plan.placements) == 3

    def test_names_what_it_leaves_out(self) -> None:
        big = an_item("big", length_mm=1_300, width_mm=1_200, height_mm=1_200, quantity=2)

        plan = planned(LoadRequest(container=SMALL, items=(big,)))

        assert plan.left_out == {"big": 1}

    @pytest.mark.parametrize("support", [1_000, SUPPORT_NONE])
    def test_takes_no_step_for_rests_in_which_no_box_fits(self, support: int) -> None:
        snug = an_item(length_mm=2_300, width_mm=1_100, height_mm=1_100, quantity=2)
        request = LoadRequest(container=SMALL, items=(snug,), support_permille=support)

        plan = planned(request, work=1)

        assert len(plan.placements) == 1
        assert plan.work == 1

    def test_stands_a_box_across_several_of_one_height(self) -> None:
        request = LoadRequest(container=STEPS, items=(WIDE, SHORT, LONG))

        plan = planned(request)

        assert plan.complete

    @pytest.mark.parametrize("change", [{"bears_g": 1_000_000}, {"stack_max": 9}])
    def test_stands_a_box_on_one_other_where_limits_ask_what_carries_it(
        self, change: dict[str, int]
    ) -> None:
        items = (replace(WIDE, **change), SHORT, LONG)  # type: ignore[arg-type]

        plan = planned(LoadRequest(container=STEPS, items=items))

        assert plan.left_out == {"long": 1}

    def test_gives_the_same_plan_for_the_same_seed_and_work(self) -> None:
        first, again = (plan_load(drawn(4), seed=7, work=2_000) for _ in range(2))

        assert first.placements == again.placements
        assert first.work == again.work

    def test_finds_no_less_with_more_work(self) -> None:
        little, much = (planned(drawn(5), work=work) for work in (100, 6_000))

        assert little.utilisation <= much.utilisation
        assert little.work < much.work

    def test_makes_each_beam_as_wide_as_the_work_left_allows(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        widths: list[int] = []
        run_beam = engine.beam

        def noted(*given: Any, width: int, **named: Any) -> None:
            widths.append(width)
            run_beam(*given, width=width, **named)

        monkeypatch.setattr(engine, "beam", noted)

        plan = planned(drawn(5), work=20_000)

        narrow, middle, wide = widths[:3]
        assert narrow == engine.WIDTH_FIRST
        assert narrow < middle < wide
        assert 20_000 <= plan.work < 21_000

    def test_stops_by_the_clock_it_is_given(self) -> None:
        ticks = iter(range(1_000_000))

        plan = plan_load(drawn(6), seed=0, seconds=5, elapsed=lambda: float(next(ticks)))

        assert next(ticks) < 20
        assert plan.placements

    def test_refuses_before_it_plans(self) -> None:
        with pytest.raises(Rejected):
            plan_load(LoadRequest(container=SMALL, items=()), seed=0, work=1)

    def test_takes_thousands_of_small_boxes(self) -> None:
        request = LoadRequest(
            container=SMALL,
            items=(an_item(length_mm=100, width_mm=100, height_mm=70, quantity=5_000),),
        )

        assert planned(request, work=10).utilisation > 0.9


class TestRules:
    """Each rule binds: without it the plan would hold more, or stand otherwise."""

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_keeps_to_the_payload(self, seed: int) -> None:
        request = drawn(seed)
        free = planned(request)
        aboard = sum(_weight(request, at.sku) for at in free.placements)
        container = replace(SMALL, payload_g=aboard // 2)

        plan = planned(replace(request, container=container))

        assert plan.utilisation < free.utilisation

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_lets_no_box_bear_more_than_it_can(self, seed: int) -> None:
        request = limited(drawn(seed), lambda kind, item: replace(item, bears_g=kind * 4_000))

        assert FaultCode.BEARING in broken_by(planned(drawn(seed)), request)
        assert planned(request).utilisation > 0.4

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_stacks_no_higher_than_allowed(self, seed: int) -> None:
        request = limited(drawn(seed), lambda kind, item: replace(item, stack_max=1 + kind % 3))

        assert FaultCode.STACK in broken_by(planned(drawn(seed)), request)
        assert planned(request).utilisation > 0.4

    @pytest.mark.parametrize("seed", [1, 2, 3, 4])
    def test_lets_what_leaves_first_out_first(self, seed: int) -> None:
        request = limited(drawn(seed), lambda kind, item: replace(item, drop=1 + kind % 3))

        plan = planned(request)

        drops = {item.sku: item.drop for item in request.items}
        assert len({drops[at.sku] for at in plan.placements}) > 1

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_brings_the_weight_to_the_middle(self, seed: int) -> None:
        request = drawn(seed, container=replace(SMALL, balance_permille=20))

        assert planned(request).utilisation > 0.7

    def test_takes_out_what_can_not_be_balanced_and_says_so(self) -> None:
        lead = an_item("lead", length_mm=500, width_mm=500, height_mm=500, weight_g=500_000)
        foam = an_item("foam", length_mm=500, width_mm=500, height_mm=500, weight_g=1, quantity=3)
        container = replace(SMALL, length_mm=1_000, balance_permille=50)

        plan = planned(LoadRequest(container=container, items=(lead, foam)))

        assert plan.left_out

    @pytest.mark.parametrize("seed", [1, 2])
    def test_sees_to_the_door(self, seed: int) -> None:
        low = replace(SMALL, door_height_mm=800, door_width_mm=1_000)

        planned(drawn(seed, container=low))

    def test_keeps_all_rules_at_once(self) -> None:
        container = replace(SMALL, payload_g=800_000, balance_permille=100, door_height_mm=1_100)
        request = limited(
            drawn(9, container=container),
            lambda kind, item: replace(
                item, drop=1 + kind % 2, stack_max=2 + kind % 3, bears_g=20_000 + kind * 9_000
            ),
        )

        planned(request)


class TestLoadingOrder:
    def test_puts_in_first_what_is_behind_and_what_carries(self) -> None:
        plan = planned(drawn(3))

        for step, late in enumerate(plan.placements):
            for early in plan.placements[:step]:
                behind = late.high[0] <= early.x_mm and _overlap(late, early, (1, 2))
                below = late.high[2] <= early.z_mm and _overlap(late, early, (0, 1))
                assert not behind
                assert not below


def _overlap(one: Any, other: Any, axes: tuple[int, int]) -> bool:
    return all(one.low[a] < other.high[a] and other.low[a] < one.high[a] for a in axes)


def _weight(request: LoadRequest, sku: str) -> int:
    return next(item.weight_g for item in request.items if item.sku == sku)
