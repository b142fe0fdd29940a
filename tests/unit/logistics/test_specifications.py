"""Units and the segregation table as data: what passes which door, and who may not meet."""

import pytest

from services.logistics.domain.segregation import SegregationTable
from services.logistics.domain.weights import Dimensions
from services.logistics.store.specifications import segregation_table, unit_types


def box(length_mm: int, width_mm: int, height_mm: int) -> Dimensions:
    return Dimensions(length_mm=length_mm, width_mm=width_mm, height_mm=height_mm)


class TestUnitTypes:
    def test_hold_about_what_carriers_say(self) -> None:
        litres = {code: unit.volume_mm3 // 1_000_000 for code, unit in unit_types().items()}

        assert (litres["20GP"], litres["40GP"], litres["40HQ"]) == (33_195, 67_720, 76_351)
        assert litres["AKE"] == 4_300

    @pytest.mark.parametrize(
        ("code", "size", "takes"),
        [
            ("20GP", box(5_898, 2_340, 2_280), True),
            ("20GP", box(2_280, 5_898, 2_340), True),
            ("20GP", box(5_899, 100, 100), False),
            ("20GP", box(5_000, 2_345, 2_290), False),
            ("40HQ", box(5_000, 2_345, 2_586), False),
            ("40HQ", box(12_000, 2_300, 2_585), True),
            ("AKE", box(1_400, 1_500, 1_500), True),
            ("AKE", box(1_600, 1_450, 1_500), False),
        ],
    )
    def test_take_what_passes_the_door_in_some_way(
        self, code: str, size: Dimensions, takes: bool
    ) -> None:
        assert unit_types()[code].takes(size) is takes


class TestSegregationTable:
    @pytest.mark.parametrize(
        ("one", "other", "together"),
        [
            ("", "3", True),
            ("3", "3", True),
            ("3", "8", True),
            ("3", "5.1", False),
            ("2.1", "4.3", False),
            ("6.1", "6.2", False),
            ("1.4", "", True),
            ("1.4", "1.4", False),
            ("1.4", "9", False),
        ],
    )
    def test_refuses_numbers_and_whatever_it_does_not_know(
        self, one: str, other: str, together: bool
    ) -> None:
        table = segregation_table()

        assert table.may_meet(one, other) is together
        assert table.may_meet(other, one) is together

    def test_admits_that_nobody_checked_it(self) -> None:
        assert not segregation_table().verified

    def test_says_the_same_both_ways_round(self) -> None:
        with pytest.raises(ValueError, match="two things of 3 and 8"):
            SegregationTable(
                source="test",
                amendment="0",
                verified=False,
                rows={"3": {"8": "X"}, "8": {"3": "1"}},
            )
