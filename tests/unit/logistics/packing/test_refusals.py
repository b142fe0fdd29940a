"""What can't be planned is refused with a code of its own, the field, and what would fit."""

from dataclasses import replace
from typing import Any

import pytest

from services.logistics.domain.packing.refusals import (
    BOXES_MAX,
    ItemTooLarge,
    SegregationImpossible,
    check_request,
)
from services.logistics.domain.packing.request import THIS_SIDE_UP, Container, LoadRequest
from shared.kernel.errors import Rejected
from tests.unit.logistics.packing.build import BOX, a_request, an_item


class TestCheckRequest:
    @pytest.mark.parametrize(
        ("request_", "code", "field"),
        [
            (LoadRequest(container=BOX, items=()), "load-empty", "items"),
            (a_request(an_item(width_mm=0)), "load-size-out-of-range", "items[0].width_mm"),
            (a_request(an_item(height_mm=-5)), "load-size-out-of-range", "items[0].height_mm"),
            (a_request(an_item(quantity=0)), "load-size-out-of-range", "items[0].quantity"),
            (a_request(an_item(weight_g=-1)), "load-size-out-of-range", "items[0].weight_g"),
            (a_request(an_item(stack_max=0)), "load-size-out-of-range", "items[0].stack_max"),
            (a_request(an_item(bears_g=-1)), "load-size-out-of-range", "items[0].bears_g"),
            (a_request(an_item(), an_item()), "load-sku-repeated", "items[1].sku"),
            (
                a_request(an_item(upright=frozenset())),
                "load-orientation-contradictory",
                "items[0].upright",
            ),
            (a_request(an_item(length_mm=101)), "load-item-too-large", "items[0]"),
            (a_request(an_item(quantity=1_000_000)), "load-too-many-boxes", "items"),
            (
                a_request(*(an_item(str(line)) for line in range(1_001))),
                "load-too-many-boxes",
                "items",
            ),
            (
                a_request(an_item(weight_g=11), container=replace(BOX, payload_g=10)),
                "load-item-too-heavy",
                "items[0].weight_g",
            ),
            (
                a_request(container=Container(length_mm=0, width_mm=1, height_mm=1)),
                "load-size-out-of-range",
                "container.length_mm",
            ),
            (a_request(support_permille=1_001), "load-size-out-of-range", "support_permille"),
        ],
    )
    def test_refuses(self, request_: LoadRequest, code: str, field: str) -> None:
        with pytest.raises(Rejected) as refused:
            check_request(request_)

        assert (refused.value.code, refused.value.field) == (f"logistics.{code}", field)
        assert refused.value.help

    def test_takes_as_many_boxes_as_it_says(self) -> None:
        check_request(a_request(an_item(quantity=BOXES_MAX)))

    def test_says_which_other_side_up_would_fit(self) -> None:
        tall = an_item(height_mm=90, upright=THIS_SIDE_UP)

        with pytest.raises(ItemTooLarge) as refused:
            check_request(a_request(tall))

        assert refused.value.details == {
            "largest_mm": [100, 50, 40],
            "would_fit_with_upright": ["length", "width"],
        }

    def test_measures_a_box_against_the_door(self) -> None:
        narrow: dict[str, Any] = {"container": replace(BOX, door_width_mm=9)}

        with pytest.raises(ItemTooLarge) as refused:
            check_request(a_request(**narrow))

        assert refused.value.details["largest_mm"] == [100, 9, 40]

    def test_says_which_dangerous_goods_could_travel_together(self) -> None:
        items = (
            an_item("a", dangerous_class="3"),
            an_item("b", dangerous_class="8"),
            an_item("c", dangerous_class="9"),
            an_item("d"),
        )

        with pytest.raises(SegregationImpossible) as refused:
            check_request(a_request(*items, apart=frozenset({frozenset({"3", "8"})})))

        assert refused.value.details == {
            "apart": [["3", "8"]],
            "together": [["3", "9"], ["8"]],
        }
