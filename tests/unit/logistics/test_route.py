"""Distances are about what is known, and every expected arrival says why."""

from datetime import date, timedelta

import pytest

from services.logistics.clients.distances import air_distance, sea_distance
from services.logistics.domain.route import LeadTimes, Mode, PlaceUnknown, Route, plan_route
from services.logistics.store.specifications import route_facts
from tests.builders.logistics import NOON

LEAD = LeadTimes(speed_km_per_h=30, export_h=48, import_h=24, source="test")


def a_route(days_off: frozenset[date] = frozenset(), through: tuple[str, ...] = ()) -> Route:
    return plan_route(
        origin="MYPKG",
        destination="CNNGB",
        mode=Mode.SEA,
        distance_km=901,
        through=through,
        lead=LEAD,
        ready_at=NOON,
        days_off=days_off,
    )


class TestPlanRoute:
    def test_adds_up_to_the_expected_arrival(self) -> None:
        route = a_route()

        assert [step.hours for step in route.steps] == [48, 31, 24]
        assert route.eta == NOON + timedelta(hours=103)
        assert route.steps[1].reason == "901 km at 30 km/h"

    def test_waits_for_a_working_day_and_says_so(self) -> None:
        arrives = (NOON + timedelta(hours=79)).date()
        off = frozenset({arrives, arrives + timedelta(days=1)})

        route = a_route(off)

        assert [step.hours for step in route.steps] == [48, 31, 48, 24]
        assert route.steps[2].reason == f"CNNGB does not work on {arrives.isoformat()}"

    def test_names_the_passages(self) -> None:
        assert a_route(through=("malacca",)).steps[1].reason.endswith("through malacca")


class TestDistances:
    def test_from_port_klang_to_ningbo_is_about_2400_sea_miles(self) -> None:
        pytest.importorskip("searoute")

        distance = sea_distance("MYPKG", "CNNGB")

        assert 2_300 < distance.km / 1.852 < 2_500

    def test_to_rotterdam_leads_through_suez(self) -> None:
        pytest.importorskip("searoute")

        assert "suez" in sea_distance("MYPKG", "NLRTM").through

    def test_from_a_place_without_a_port_is_unknown(self) -> None:
        pytest.importorskip("searoute")

        with pytest.raises(PlaceUnknown, match="MYXXX"):
            sea_distance("MYXXX", "CNNGB")

    def test_by_air_from_kuala_lumpur_to_hangzhou_is_about_3600_km(self) -> None:
        places = route_facts().airports

        distance = air_distance(places["MYKUL"], places["CNHGH"])

        assert 3_550 < distance.km < 3_700
