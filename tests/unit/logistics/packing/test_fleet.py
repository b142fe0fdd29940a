"""Loads larger than a container: every box in exactly one, every container checked."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from services.logistics.domain.packing.checker import faults_of
from services.logistics.domain.packing.cover import cover, relax
from services.logistics.domain.packing.engine.patterns import Filler
from services.logistics.domain.packing.fleet import FleetPlan, FleetRuleUnknown, _Fleet, plan_fleet
from services.logistics.domain.packing.plan import Placement
from services.logistics.domain.packing.planner import checked_plan
from services.logistics.domain.packing.refusals import ItemTooLarge, NothingToLoad
from services.logistics.domain.packing.request import SUPPORT_NONE, LoadRequest
from tests.unit.logistics.packing.build import BOX, a_request, an_item
from tests.unit.logistics.packing.test_planner import drawn

# One worker compiles the search for all of them.
pytestmark = pytest.mark.xdist_group("planner")


def several(seed: int, *, times: int = 3, **fields: Any) -> LoadRequest:
    request = drawn(seed, **fields)
    items = tuple(replace(item, quantity=item.quantity * times) for item in request.items)
    return replace(request, items=items)


def loaded(plan: FleetPlan) -> Counter[str]:
    return Counter(at.sku for one in plan.plans for at in one.placements)


class TestPlanFleet:
    @pytest.mark.parametrize("support", [1_000, SUPPORT_NONE])
    @pytest.mark.parametrize("seed", [1, 2])
    def test_puts_every_box_into_one_container_under_every_rule(
        self, seed: int, support: int
    ) -> None:
        request = several(seed, support_permille=support)

        plan = plan_fleet(request, work=4_000)

        assert loaded(plan) == {item.sku: item.quantity for item in request.items}
        assert plan.bound <= len(plan.plans) <= plan.bound + 2
        for one in plan.plans:
            counts = Counter(at.sku for at in one.placements)
            items = [replace(i, quantity=counts[i.sku]) for i in request.items if counts[i.sku]]
            assert faults_of(one, replace(request, items=tuple(items))) == ()
            assert one.complete

    def test_finds_what_filling_one_after_the_other_does_not(self) -> None:
        """Filled to the brim first, three long boxes would leave three short ones alone."""
        long = an_item("long", length_mm=60, width_mm=50, height_mm=40, quantity=4)
        short = an_item("short", length_mm=40, width_mm=50, height_mm=40, quantity=4)
        middle = an_item("middle", length_mm=50, width_mm=50, height_mm=40, quantity=4)

        plan = plan_fleet(LoadRequest(container=BOX, items=(long, short, middle)), work=2_000)

        assert len(plan.plans) == plan.bound == 6

    def test_gives_the_same_plans_for_the_same_seed_and_work(self) -> None:
        first, again = (plan_fleet(several(3), seed=5, work=2_000) for _ in range(2))

        assert [one.placements for one in first.plans] == [one.placements for one in again.plans]
        assert first.work == again.work

    def test_keeps_to_the_payload_of_each(self) -> None:
        container = replace(BOX, payload_g=3_000)
        heavy = an_item("heavy", weight_g=1_000, quantity=10)

        plan = plan_fleet(LoadRequest(container=container, items=(heavy,)), work=500)

        assert len(plan.plans) == plan.bound == 4

    def test_takes_one_container_where_one_is_enough(self) -> None:
        plan = plan_fleet(LoadRequest(container=BOX, items=(an_item(quantity=3),)), work=100)

        assert [one.complete for one in plan.plans] == [True]

    @pytest.mark.parametrize(
        ("request_", "refusal"),
        [
            (LoadRequest(container=BOX, items=()), NothingToLoad),
            (LoadRequest(container=BOX, items=(an_item(length_mm=101),)), ItemTooLarge),
            (
                LoadRequest(container=replace(BOX, balance_permille=50), items=(an_item(),)),
                FleetRuleUnknown,
            ),
            (
                LoadRequest(container=BOX, items=(an_item("a"), an_item("b", drop=2))),
                FleetRuleUnknown,
            ),
        ],
    )
    def test_refuses_before_it_plans(self, request_: LoadRequest, refusal: type[Exception]) -> None:
        with pytest.raises(refusal):
            plan_fleet(request_, work=10)


class TestPatterns:
    def test_found_beside_the_best_are_others_nearly_as_full_and_keep_every_rule(self) -> None:
        request = several(1)
        left = [item.quantity for item in request.items]

        best, *others = Filler(request, seed=0).fill(left, work=4_000)

        assert others
        assert len({best.counts, *(other.counts for other in others)}) == 1 + len(others)
        for pattern in (best, *others):
            filled = sum(at.volume_mm3 for at in pattern.boxes)
            assert 0.9 * sum(at.volume_mm3 for at in best.boxes) < filled
            counts = Counter(at.sku for at in pattern.boxes)
            assert pattern.counts == tuple(counts[item.sku] for item in request.items)
            items = [replace(i, quantity=counts[i.sku]) for i in request.items if counts[i.sku]]
            checked_plan(
                pattern.boxes, replace(request, items=tuple(items)), seed=0, work=0, seconds=0.0
            )


class TestSurplus:
    """A cover may hold a box too often; nothing may float once it is out."""

    def test_is_taken_from_where_nothing_stands_on_it(self) -> None:
        halves = an_item("half", length_mm=100, width_mm=50, height_mm=20, quantity=3)
        low, high = (Placement("half", 0, 0, z, 100, 50, 20) for z in (0, 20))

        loads = _Fleet(a_request(halves), seed=0, work=100)._without_surplus(
            [(low, high), (low, high)], 10
        )

        assert sorted(loads or [], key=len) == [(low,), (low, high)]

    def test_below_others_has_its_container_filled_anew(self) -> None:
        below = an_item("below", length_mm=100, width_mm=50, height_mm=20)
        above = an_item("above", length_mm=100, width_mm=50, height_mm=20, quantity=2)
        load = (Placement("below", 0, 0, 0, 100, 50, 20), Placement("above", 0, 0, 20, 100, 50, 20))

        loads = _Fleet(a_request(below, above), seed=0, work=100)._without_surplus([load, load], 10)

        assert loads is not None
        assert sorted(at.sku for boxes in loads for at in boxes) == ["above", "above", "below"]
        assert all(min(at.z_mm for at in boxes) == 0 for boxes in loads)


class TestCover:
    def test_is_a_whole_number_of_each_pattern(self) -> None:
        patterns = [(2, 0), (0, 3), (1, 1)]

        uses = cover(patterns, (4, 6), seed=0) or []

        assert sum(uses) == 4
        for kind, wanted in enumerate((4, 6)):
            assert sum(p[kind] * use for p, use in zip(patterns, uses, strict=True)) >= wanted

    def test_exactly_leaves_nothing_over_or_finds_nothing(self) -> None:
        assert cover([(2,)], (3,), seed=0) == [2]
        assert cover([(2,), (1,)], (3,), seed=0, exactly=True) == [1, 1]
        assert cover([(2,)], (3,), seed=0, exactly=True) is None

    def test_says_what_a_box_of_each_kind_is_worth(self) -> None:
        relaxed = relax([(2, 0), (0, 3)], (3, 4))

        assert relaxed.worth == pytest.approx((1 / 2, 1 / 3))
        assert relaxed.containers == pytest.approx(3 / 2 + 4 / 3)

    def test_gives_no_worth_to_what_is_not_wanted(self) -> None:
        assert relax([(2, 1)], (2, 0)).worth == pytest.approx((1 / 2, 0))
