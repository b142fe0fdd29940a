"""Shipments are put where they may go, at a cost that is near a bound that truly holds."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.logistics.domain.assignment.checker import faults_of_assignment
from services.logistics.domain.assignment.request import (
    UNITS_MAX,
    Assignment,
    AssignmentAmbiguous,
    AssignmentRequest,
    AssignmentTooLarge,
    Obstacle,
    Shipment,
    Unit,
)
from services.logistics.domain.assignment.solve import solve
from services.logistics.domain.parcel import Handling, Temperature
from services.logistics.domain.weights import Dimensions
from services.logistics.store.specifications import segregation_table, unit_types
from tests.builders.assignments import drawn_request
from tests.builders.logistics import NOON

CUBE = Dimensions(length_mm=1_000, width_mm=1_000, height_mm=1_000)


def a_shipment(name: str = "1", **changes: Any) -> Shipment:
    shipment = Shipment(
        id=name,
        origin="MYPKG",
        destination="CNNBG",
        gross_g=200_000,
        size=CUBE,
        handling=Handling(),
        ready_at=NOON,
    )
    return replace(shipment, **changes)


def a_unit(name: str = "A", **changes: Any) -> Unit:
    unit = Unit(
        id=name,
        origin="MYPKG",
        destination="CNNBG",
        cut_off_at=NOON + timedelta(days=1),
        arrives_at=NOON + timedelta(days=8),
        type=unit_types()["20GP"],
        temperature=Temperature.AMBIENT,
        cost_minor=100_000,
    )
    return replace(unit, **changes)


def a_request(shipments: list[Shipment], units: list[Unit]) -> AssignmentRequest:
    classes = {one.handling.dangerous_class for one in shipments}
    return AssignmentRequest(
        shipments=tuple(shipments),
        units=tuple(units),
        currency="MYR",
        apart=segregation_table().apart(classes),
    )


def of_class(dangerous_class: str, *, bonded: bool = False) -> Handling:
    return Handling(dangerous_class=dangerous_class, bonded=bonded)


class TestSolve:
    def test_takes_the_cheaper_of_two_units_where_one_is_enough(self) -> None:
        shipments = [a_shipment(str(n)) for n in range(20)]
        units = [a_unit("dear", cost_minor=150_000), a_unit("cheap"), a_unit("other")]

        plan = solve(a_request(shipments, units), seconds=5)

        assert set(plan.unit_of.values()) == {"cheap"}
        assert (plan.cost_minor, plan.bound_minor, plan.gap_permille) == (100_000, 100_000, 0)
        assert plan.proved

    def test_prefers_one_large_unit_to_two_small_ones(self) -> None:
        # 40 m3 need two 20-foot containers or one of 40 foot.
        shipments = [a_shipment(str(n)) for n in range(40)]
        large = a_unit("large", type=unit_types()["40GP"], cost_minor=180_000)

        plan = solve(a_request(shipments, [a_unit("A"), a_unit("B"), large]), seconds=5)

        assert set(plan.unit_of.values()) == {"large"}

    def test_fills_by_weight_where_goods_are_heavy(self) -> None:
        # 20 m3 of 2 t each weigh 40 t: more than one container bears, though there is room.
        shipments = [a_shipment(str(n), gross_g=2_000_000) for n in range(20)]

        plan = solve(a_request(shipments, [a_unit("A"), a_unit("B")]), seconds=5)

        assert len(set(plan.unit_of.values())) == 2
        assert plan.bound_minor == 200_000

    @pytest.mark.parametrize(
        ("one", "other", "units"),
        [
            ("3", "5.1", 2),
            ("3", "8", 1),
            ("3", "", 1),
            ("1.4", "9", 2),
            ("1.4", "1.4", 2),
            ("3", "3", 1),
        ],
    )
    def test_keeps_apart_what_may_not_meet(self, one: str, other: str, units: int) -> None:
        shipments = [
            a_shipment("1", handling=of_class(one)),
            a_shipment("2", handling=of_class(other)),
        ]

        plan = solve(a_request(shipments, [a_unit("A"), a_unit("B")]), seconds=5)

        assert len(set(plan.unit_of.values())) == units

    def test_keeps_bonded_goods_from_others(self) -> None:
        shipments = [a_shipment("1", handling=of_class("", bonded=True)), a_shipment("2")]

        plan = solve(a_request(shipments, [a_unit("A"), a_unit("B")]), seconds=5)

        assert len(set(plan.unit_of.values())) == 2

    @pytest.mark.parametrize(
        ("changes", "obstacle"),
        [
            ({"destination": "CNSHA"}, Obstacle.NO_LANE),
            ({"handling": Handling(temperature=Temperature.FROZEN)}, Obstacle.TEMPERATURE),
            ({"ready_at": NOON + timedelta(days=1)}, Obstacle.TOO_LATE),
            ({"due_at": NOON + timedelta(days=7)}, Obstacle.PROMISE),
            ({"size": Dimensions(length_mm=3_000, width_mm=2_350, height_mm=2_300)}, Obstacle.DOOR),
            ({"gross_g": 29_000_000}, Obstacle.TOO_HEAVY),
            (
                {"size": Dimensions(length_mm=5_800, width_mm=2_330, height_mm=2_270)},
                Obstacle.NO_ROOM,
            ),
        ],
    )
    def test_says_why_a_shipment_goes_nowhere(
        self, changes: dict[str, Any], obstacle: Obstacle
    ) -> None:
        plan = solve(a_request([a_shipment(**changes)], [a_unit()]), seconds=1)

        assert plan.left_out == {"1": obstacle}
        assert (plan.unit_of, plan.cost_minor) == ({}, 0)

    def test_leaves_out_whom_there_is_no_room_for_and_bounds_the_others(self) -> None:
        shipments = [a_shipment(str(n)) for n in range(40)]

        request = a_request(shipments, [a_unit()])
        plan = solve(request, seconds=2)

        assert set(plan.left_out.values()) == {Obstacle.NO_ROOM}
        assert len(plan.unit_of) == 28  # 85 % of 33.2 m3
        assert (plan.cost_minor, plan.bound_minor) == (100_000, 100_000)
        assert faults_of_assignment(plan, request) == ()

    def test_counts_what_is_aboard_and_takes_only_the_handling_of_a_unit(self) -> None:
        shipments = [a_shipment(str(n)) for n in range(10)]
        full = a_unit("full", aboard_mm3=20 * 10**9)
        other = a_unit("bonded", handling=of_class("", bonded=True), cost_minor=1)

        request = a_request(shipments, [full, other])
        plan = solve(request, seconds=1)
        bonded = solve(a_request([a_shipment(handling=of_class("3"))], [other]), seconds=1)

        assert len(plan.unit_of) == 8
        assert set(plan.unit_of.values()) == {"full"}
        assert bonded.left_out == {"1": Obstacle.HANDLING}
        astray = replace(plan, unit_of=dict.fromkeys(plan.unit_of, "bonded"))
        assert any("other handling" in fault for fault in faults_of_assignment(astray, request))

    def test_gives_the_same_plan_for_the_same_seed_and_work(self) -> None:
        request = drawn_request(400, 12, seed=3)

        once = solve(request, seconds=60, seed=7, work=0.5)
        again = solve(request, seconds=60, seed=7, work=0.5)

        assert replace(once, seconds=0) == replace(again, seconds=0)

    @settings(max_examples=25, deadline=None)
    @given(
        sides=st.lists(st.integers(1_200, 2_200), min_size=1, max_size=6),
        classes=st.lists(st.sampled_from(["", "", "3", "5.1", "8"]), min_size=6, max_size=6),
        costs=st.lists(st.integers(1, 50), min_size=1, max_size=3),
        grams=st.lists(st.integers(1, 16_000_000), min_size=6, max_size=6),
    )
    def test_breaks_no_rule_and_its_bound_is_never_above_the_best_plan_there_is(
        self, sides: list[int], classes: list[str], costs: list[int], grams: list[int]
    ) -> None:
        shipments = [
            a_shipment(
                str(n),
                size=Dimensions(length_mm=side, width_mm=side, height_mm=side),
                handling=of_class(classes[n]),
                gross_g=grams[n],
            )
            for n, side in enumerate(sides)
        ]
        units = [a_unit(str(n), cost_minor=cost) for n, cost in enumerate(costs)]
        request = a_request(shipments, units)

        plan = solve(request, seconds=5)

        assert faults_of_assignment(plan, request) == ()
        best = _best_cost(request, set(plan.unit_of))
        assert best is not None
        assert plan.bound_minor <= best <= plan.cost_minor


def _best_cost(request: AssignmentRequest, placed: set[str]) -> int | None:
    """Try every way to put these shipments into units and return what the cheapest costs."""
    only = replace(request, shipments=tuple(s for s in request.shipments if s.id in placed))
    costs = []
    for choice in product([unit.id for unit in request.units], repeat=len(only.shipments)):
        unit_of = dict(zip([one.id for one in only.shipments], choice, strict=True))
        cost = sum(u.cost_minor for u in request.units if u.id in set(choice))
        tried = Assignment(
            unit_of=unit_of,
            left_out={},
            cost_minor=cost,
            bound_minor=0,
            seed=0,
            seconds=0,
            proved=False,
        )
        if not faults_of_assignment(tried, only):
            costs.append(cost)
    return min(costs, default=None)


class TestRequest:
    def test_has_limits(self) -> None:
        with pytest.raises(AssignmentTooLarge):
            a_request([], [a_unit(str(n)) for n in range(UNITS_MAX + 1)])

    def test_names_everything_once(self) -> None:
        with pytest.raises(AssignmentAmbiguous):
            a_request([a_shipment("1"), a_shipment("1")], [a_unit()])


class TestFaultsOfAssignment:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"unit_of": {"1": "A"}}, "2 is counted 0 times"),
            ({"unit_of": {"1": "A", "2": "A", "3": "A"}}, "3 is counted 1 times"),
            ({"left_out": {"1": Obstacle.DOOR}}, "1 is counted 2 times"),
            ({"unit_of": {"1": "A", "2": "Z"}}, "there is no unit Z"),
            ({"cost_minor": 1}, "the plan costs 100000, not 1"),
            ({"bound_minor": 100_001}, "above the cost"),
        ],
    )
    def test_finds_a_plan_that_does_not_add_up(self, changes: dict[str, Any], words: str) -> None:
        request = a_request([a_shipment("1"), a_shipment("2")], [a_unit()])
        plan = solve(request, seconds=1)

        faults = faults_of_assignment(replace(plan, **changes), request)

        assert faults_of_assignment(plan, request) == ()
        assert any(words in fault for fault in faults)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"destination": "CNSHA"}, "goes elsewhere"),
            ({"handling": Handling(temperature=Temperature.FROZEN)}, "another temperature"),
            ({"ready_at": NOON + timedelta(days=1)}, "after the cut-off"),
            ({"due_at": NOON + timedelta(days=7)}, "after its promise"),
            ({"size": Dimensions(length_mm=6_000, width_mm=1, height_mm=1)}, "pass the door"),
            ({"gross_g": 29_000_000}, "g are more than"),
            (
                {"size": Dimensions(length_mm=5_800, width_mm=2_330, height_mm=2_270)},
                "mm3 are",
            ),
            ({"handling": of_class("", bonded=True)}, "may not meet"),
        ],
    )
    def test_finds_who_is_where_it_may_not_be(self, changes: dict[str, Any], words: str) -> None:
        plan = solve(a_request([a_shipment("1"), a_shipment("2")], [a_unit()]), seconds=1)
        other = a_request([a_shipment("1"), a_shipment("2", **changes)], [a_unit()])

        assert any(words in fault for fault in faults_of_assignment(plan, other))

    def test_finds_two_of_a_class_that_meets_nobody(self) -> None:
        plan = solve(a_request([a_shipment("1"), a_shipment("2")], [a_unit()]), seconds=1)
        explosive = of_class("1.4")
        other = a_request(
            [a_shipment("1", handling=explosive), a_shipment("2", handling=explosive)], [a_unit()]
        )

        assert any("may not meet" in fault for fault in faults_of_assignment(plan, other))
