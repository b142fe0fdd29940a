"""What is aboard is planned in three dimensions; only a plan for those aboard is kept."""

from typing import Any

import pytest

from tests.builders.logistics import a_parcel, an_id, scenario_parcels
from tests.builders.running import Running
from tests.component.logistics.story import SEALS, booked, do, opened
from tests.component.logistics.test_assigning import CHEAP, Here

# One worker compiles the search for all of them.
pytestmark = pytest.mark.xdist_group("planner")

WORK = {"work": 1, "seconds": 10}


async def planned(origin: Running, consolidation: dict[str, Any]) -> Any:
    return (await do(origin, consolidation, "load-plan", WORK)).json()


async def plan_now(origin: Running, consolidation: dict[str, Any]) -> Any:
    return (await origin.http.get(f"/v1/consolidations/{consolidation['id']}/load-plan")).json()


class TestLoadPlan:
    async def test_of_the_scenario_is_stale_after_a_drop_and_planned_again(
        self, origin: Running
    ) -> None:
        origin.service.app.state.planners = Here()
        consolidation = await opened(origin, **CHEAP)
        extra = a_parcel("A-089", seller_id=an_id("mbr", "other"))
        parcels = [*scenario_parcels(), extra]
        async with origin.service.store.transaction() as tx:
            for parcel in parcels:
                await tx.parcels.add(parcel, booked_at=tx.now)
        ids = [parcel.id for parcel in parcels]
        await do(origin, consolidation, "parcels", {"parcel_ids": ids})
        await do(origin, consolidation, "seal", {"seals": SEALS})

        first = await planned(origin, consolidation)
        body = {"parcel_ids": [extra.id], "seals": ["MY000300"], "reason": "no-show"}
        await do(origin, consolidation, "drop", body)
        between = await plan_now(origin, consolidation)
        again = await planned(origin, consolidation)

        assert {at["sku"] for at in first["plan"]["placements"]} == set(ids)
        assert (first["stale"], between["stale"], again["stale"]) == (False, True, False)
        assert {at["sku"] for at in again["plan"]["placements"]} == set(ids) - {extra.id}
        assert again["plan"]["left_out"] == []
        assert await plan_now(origin, consolidation) == again

    async def test_is_not_kept_when_a_parcel_was_held_meanwhile(self, origin: Running) -> None:
        parcels = await booked(origin, "1", "2")
        consolidation = await opened(origin, **CHEAP)
        ids = [parcel["id"] for parcel in parcels]
        await do(origin, consolidation, "parcels", {"parcel_ids": ids})

        async def hold() -> None:
            await origin.post(f"/v1/parcels/{ids[0]}/hold", {"reason": "screening"})

        origin.service.app.state.planners = Here(hold)
        reply = await planned(origin, consolidation)

        assert reply["code"] == "logistics.aboard-changed"
        assert (await plan_now(origin, consolidation))["code"] == "logistics.load-plan-not-found"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [({}, "logistics.unit-type-missing"), (CHEAP, "logistics.pool-empty")],
    )
    async def test_needs_a_unit_type_and_parcels(
        self, origin: Running, changes: dict[str, Any], code: str
    ) -> None:
        consolidation = await opened(origin, **changes)

        assert (await planned(origin, consolidation))["code"] == code


class TestAnyLoad:
    async def test_is_planned_without_being_kept(self, origin: Running) -> None:
        origin.service.app.state.planners = Here()
        box = {"sku": "A", "length_mm": 500, "width_mm": 500, "height_mm": 500, "quantity": 8}
        body = {
            "container": {"length_mm": 1_000, "width_mm": 1_000, "height_mm": 1_000},
            "items": [box],
            **WORK,
        }

        reply = (await origin.post("/v1/load-plans", body)).json()
        large = {**box, "length_mm": 1_001}
        refused = await origin.post("/v1/load-plans", {**body, "items": [large]})

        assert (len(reply["placements"]), reply["utilisation"]) == (8, 1.0)
        assert refused.status_code == 422
        assert refused.json()["code"].startswith("logistics.")

    async def test_larger_than_a_container_is_planned_into_several(self, origin: Running) -> None:
        origin.service.app.state.planners = Here()
        box = {"sku": "A", "length_mm": 500, "width_mm": 500, "height_mm": 500, "quantity": 20}
        container = {"length_mm": 1_000, "width_mm": 1_000, "height_mm": 1_000}
        body = {"container": container, "items": [box], "work": 100}

        reply = (await origin.post("/v1/fleet-plans", body)).json()
        uneven = {**body, "container": {**container, "balance_permille": 50}}
        refused = await origin.post("/v1/fleet-plans", uneven)

        assert (reply["containers"], reply["bound"]) == (3, 3)
        assert sum(len(plan["placements"]) for plan in reply["plans"]) == 20
        assert all(plan["left_out"] == [] for plan in reply["plans"])
        assert (refused.status_code, refused.json()["code"]) == (
            422,
            "logistics.fleet-rule-unknown",
        )
