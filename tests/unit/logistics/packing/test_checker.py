"""Every rule of a plan, broken on purpose: the checker must see each."""

from dataclasses import replace
from fractions import Fraction

import pytest

from services.logistics.domain.packing.checker import FaultCode, faults_of
from services.logistics.domain.packing.plan import Placement
from services.logistics.domain.packing.request import (
    SUPPORT_NONE,
    THIS_SIDE_UP,
    Container,
    Side,
)
from tests.unit.logistics.packing.build import BOX, a_plan, a_request, an_item, codes, shifted

ON_FLOOR = Placement("a", 0, 0, 0, 20, 10, 10)
ON_TOP = Placement("a", 0, 0, 10, 20, 10, 10)


class TestChecker:
    def test_accepts_boxes_side_by_side_and_stacked(self) -> None:
        request = a_request(an_item(quantity=3))

        assert codes(request, ON_FLOOR, ON_TOP, shifted(ON_FLOOR, y=10)) == set()

    @pytest.mark.parametrize(
        "at",
        [
            shifted(ON_FLOOR, x=81),
            shifted(ON_FLOOR, y=41),
            shifted(ON_FLOOR, x=-1),
            shifted(ON_FLOOR, z=-1),
        ],
    )
    def test_sees_a_box_outside(self, at: Placement) -> None:
        assert codes(a_request(), at) == {FaultCode.OUTSIDE}

    def test_sees_a_box_through_the_roof(self) -> None:
        assert FaultCode.OUTSIDE in codes(a_request(support_permille=0), shifted(ON_FLOOR, z=31))

    @pytest.mark.parametrize("by", [{"x": 19}, {"y": 9}, {"x": -19, "y": 9}])
    def test_sees_an_overlap_of_one_millimetre(self, by: dict[str, int]) -> None:
        request = a_request(an_item(quantity=2))
        first = shifted(ON_FLOOR, x=30, y=20)

        assert codes(request, first, shifted(first, **by)) == {FaultCode.OVERLAP}

    def test_sees_a_box_inside_another(self) -> None:
        request = a_request(an_item(), an_item("b", length_mm=2, width_mm=2, height_mm=2))

        assert FaultCode.OVERLAP in codes(request, ON_FLOOR, Placement("b", 5, 5, 0, 2, 2, 2))

    def test_sees_a_forbidden_side_up(self) -> None:
        request = a_request(an_item(upright=THIS_SIDE_UP))

        assert codes(request, Placement("a", 0, 0, 0, 10, 20, 10)) == set()
        assert codes(request, Placement("a", 0, 0, 0, 10, 10, 20)) == {FaultCode.ORIENTATION}

    def test_sees_a_box_of_another_size(self) -> None:
        assert codes(a_request(), replace(ON_FLOOR, dx_mm=21)) == {FaultCode.ORIENTATION}

    def test_sees_what_does_not_pass_the_door(self) -> None:
        request = a_request(container=replace(BOX, door_width_mm=15, door_height_mm=15))

        assert codes(request, ON_FLOOR) == set()
        assert codes(request, Placement("a", 0, 0, 0, 10, 20, 10)) == {FaultCode.DOOR}
        assert codes(request, Placement("a", 0, 0, 0, 10, 10, 20)) == {FaultCode.DOOR}


class TestSupport:
    def test_sees_a_floating_box(self) -> None:
        assert codes(a_request(), shifted(ON_FLOOR, z=10)) == {FaultCode.SUPPORT}

    def test_sees_an_overhang_of_one_millimetre(self) -> None:
        request = a_request(an_item(quantity=2))

        assert codes(request, ON_FLOOR, shifted(ON_TOP, x=1)) == {FaultCode.SUPPORT}

    def test_lets_a_box_rest_on_two(self) -> None:
        request = a_request(an_item(quantity=3))

        assert codes(request, ON_FLOOR, shifted(ON_FLOOR, x=20), shifted(ON_TOP, x=10)) == set()

    def test_lets_a_box_overhang_where_half_its_base_is_enough(self) -> None:
        request = a_request(an_item(quantity=2), support_permille=500)

        assert codes(request, ON_FLOOR, shifted(ON_TOP, x=10)) == set()
        assert codes(request, ON_FLOOR, shifted(ON_TOP, x=11)) == {FaultCode.SUPPORT}

    def test_lets_a_box_float_where_none_is_asked(self) -> None:
        request = a_request(support_permille=SUPPORT_NONE)

        assert codes(request, shifted(ON_FLOOR, z=7)) == set()

    def test_sees_a_box_loaded_before_what_carries_it(self) -> None:
        request = a_request(an_item(quantity=2))

        assert codes(request, ON_TOP, ON_FLOOR) == {FaultCode.ORDER}


class TestCounts:
    def test_sees_more_boxes_than_were_asked_for(self) -> None:
        assert FaultCode.MISCOUNTED in codes(a_request(), ON_FLOOR, ON_TOP)

    def test_sees_a_box_dropped_silently(self) -> None:
        request = a_request(an_item(quantity=2))
        plan = replace(a_plan(request, ON_FLOOR), left_out={})

        assert {fault.code for fault in faults_of(plan, request)} == {FaultCode.MISCOUNTED}

    def test_sees_a_box_nobody_asked_for(self) -> None:
        assert FaultCode.UNKNOWN in codes(a_request(), replace(ON_FLOOR, sku="other"))

    def test_sees_a_flattering_utilisation(self) -> None:
        request = a_request()
        plan = replace(a_plan(request, ON_FLOOR), utilisation=Fraction(1, 2))

        assert {fault.code for fault in faults_of(plan, request)} == {FaultCode.UTILISATION}


class TestWeights:
    def test_sees_a_container_too_heavy(self) -> None:
        heavy = an_item(quantity=2, weight_g=600)
        container = replace(BOX, payload_g=1_200)

        assert codes(a_request(heavy, container=container), ON_FLOOR, ON_TOP) == set()
        lighter = replace(container, payload_g=1_199)
        assert codes(a_request(heavy, container=lighter), ON_FLOOR, ON_TOP) == {FaultCode.WEIGHT}

    def test_sees_a_load_off_its_middle(self) -> None:
        request = a_request(an_item(weight_g=10), container=replace(BOX, balance_permille=100))
        middle = Placement("a", 40, 20, 0, 20, 10, 10)

        assert codes(request, middle) == set()
        assert codes(request, shifted(middle, x=10, y=5)) == set()
        assert codes(request, shifted(middle, x=11)) == {FaultCode.BALANCE}
        assert codes(request, shifted(middle, y=-6)) == {FaultCode.BALANCE}

    def test_sees_a_box_that_bears_too_much_two_layers_down(self) -> None:
        weak = an_item("weak", bears_g=199)
        request = a_request(weak, an_item(quantity=2, weight_g=100))
        stack = (replace(ON_FLOOR, sku="weak"), ON_TOP, shifted(ON_TOP, z=10))

        assert codes(request, *stack) == {FaultCode.BEARING}
        stronger = a_request(replace(weak, bears_g=200), an_item(quantity=2, weight_g=100))
        assert codes(stronger, *stack) == set()

    def test_shares_a_weight_by_the_area_of_contact(self) -> None:
        weak = an_item("weak", bears_g=24)
        strong = an_item("strong")
        top = an_item(weight_g=100)
        stack = (
            replace(ON_FLOOR, sku="strong"),
            Placement("weak", 20, 0, 0, 20, 10, 10),
            shifted(ON_TOP, x=5),
        )

        assert codes(a_request(weak, strong, top), *stack) == {FaultCode.BEARING}
        assert codes(a_request(replace(weak, bears_g=25), strong, top), *stack) == set()

    def test_sees_a_stack_too_high(self) -> None:
        request = a_request(an_item(quantity=3, stack_max=2))

        assert codes(request, ON_FLOOR, ON_TOP) == set()
        assert codes(request, ON_FLOOR, ON_TOP, shifted(ON_TOP, z=10)) == {FaultCode.STACK}


class TestSegregationAndDrops:
    def test_sees_two_classes_that_may_not_meet(self) -> None:
        acid, fuel = an_item("acid", dangerous_class="8"), an_item("fuel", dangerous_class="3")
        both = (replace(ON_FLOOR, sku="acid"), replace(ON_TOP, sku="fuel"))

        assert codes(a_request(acid, fuel), *both) == set()
        apart = frozenset({frozenset({"3", "8"})})
        assert codes(a_request(acid, fuel, apart=apart), *both) == {FaultCode.SEGREGATION}

    def test_sees_a_class_that_may_not_even_meet_itself(self) -> None:
        request = a_request(
            an_item(quantity=2, dangerous_class="1.1"), apart=frozenset({frozenset({"1.1"})})
        )

        assert codes(request, ON_FLOOR) == set()
        assert codes(request, ON_FLOOR, ON_TOP) == {FaultCode.SEGREGATION}

    @pytest.mark.parametrize(
        ("late", "fine"),
        [
            (Placement("late", 20, 0, 0, 20, 10, 10), False),
            (Placement("late", 60, 5, 0, 20, 10, 10), False),
            (Placement("late", 0, 0, 10, 20, 10, 10), False),
            (Placement("late", 20, 10, 0, 20, 10, 10), True),
        ],
    )
    def test_sees_what_shuts_in_a_box_that_leaves_first(self, late: Placement, fine: bool) -> None:
        request = a_request(an_item(drop=1), an_item("late", drop=2))

        assert codes(request, ON_FLOOR, late) == (set() if fine else {FaultCode.DROP})

    def test_lets_what_leaves_first_stand_before_and_on_the_rest(self) -> None:
        request = a_request(an_item(drop=1, quantity=2), an_item("late", drop=2))
        late = Placement("late", 0, 0, 0, 20, 10, 10)

        assert codes(request, late, ON_TOP, shifted(ON_FLOOR, x=20)) == set()


class TestOrientations:
    def test_follow_the_sides_that_may_stand_up(self) -> None:
        item = an_item(length_mm=3, width_mm=2, height_mm=1, upright=frozenset({Side.WIDTH}))

        assert item.orientations() == ((1, 3, 2), (3, 1, 2))

    def test_leave_out_what_does_not_go_in(self) -> None:
        long = an_item(length_mm=60)

        assert long.orientations_in(Container(length_mm=100, width_mm=50, height_mm=40)) == (
            (60, 10, 10),
        )
