"""Boxes, bags and pallets under their SSCC; the manifest that names them; routes."""

from typing import Any

import pytest

from shared.contracts.logistics.events import ConsolidationManifested
from shared.kernel.codes import check_sscc
from tests.builders.running import Running
from tests.component.logistics.story import (
    SEALS,
    booked,
    do,
    opened,
    released_for_export,
    sealed,
    tell,
)
from tests.component.logistics.test_assigning import Here


async def number(origin: Running, consolidation: dict[str, Any], **body: Any) -> Any:
    return (await do(origin, consolidation, "handling-units", body)).json()


class TestNumberingUnits:
    async def test_makes_a_tree_with_the_unit_itself_as_its_root(self, origin: Running) -> None:
        consolidation, (one, two) = await sealed(origin, "1", "2")

        root, pallet = (await number(origin, consolidation, kind="pallet"))["units"]
        boxes = (
            await number(
                origin,
                consolidation,
                kind="box",
                parent=pallet["sscc"],
                parcel_ids=[one["id"], two["id"]],
            )
        )["units"]

        assert (root["kind"], root["parent"]) == ("transport", None)
        assert pallet["parent"] == root["sscc"]
        assert {box["parent"] for box in boxes} == {pallet["sscc"]}
        numbers = [unit["sscc"] for unit in (root, pallet, *boxes)]
        assert [check_sscc(sscc)[:8] for sscc in numbers] == ["09556000"] * 4
        assert len(set(numbers)) == 4

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"kind": "pallet", "parcel_ids": ["one"]}, "logistics.unit-tree-wrong"),
            ({"kind": "box"}, "logistics.unit-tree-wrong"),
            ({"kind": "pallet", "parent": "0" * 18}, "logistics.unit-tree-wrong"),
            ({"kind": "box", "parcel_ids": ["other"]}, "logistics.parcel-not-found"),
            ({"kind": "box", "parcel_ids": ["one"]}, "logistics.parcel-boxed-already"),
        ],
    )
    async def test_refuses_a_tree_that_is_none(
        self, origin: Running, body: dict[str, Any], code: str
    ) -> None:
        consolidation, (one,) = await sealed(origin, "1")
        (other,) = await booked(origin, "2")
        ids = {"one": one["id"], "other": other["id"]}
        await number(origin, consolidation, kind="box", parcel_ids=[one["id"]])
        asked = {**body, "parcel_ids": [ids[name] for name in body.get("parcel_ids", [])]}

        assert (await number(origin, consolidation, **asked))["code"] == code

    async def test_lets_no_pallet_stand_in_a_bag(self, origin: Running) -> None:
        consolidation, _ = await sealed(origin, "1")
        _, bag = (await number(origin, consolidation, kind="bag"))["units"]

        refused = await number(origin, consolidation, kind="pallet", parent=bag["sscc"])

        assert refused["code"] == "logistics.unit-tree-wrong"

    async def test_empties_the_box_of_a_parcel_that_is_left_behind(self, origin: Running) -> None:
        consolidation, (left, stays) = await sealed(origin, "1", "2")
        ids = [left["id"], stays["id"]]
        await number(origin, consolidation, kind="box", parcel_ids=ids)
        body = {"parcel_ids": [left["id"]], "seals": ["MY000200"], "reason": "no-show"}
        await do(origin, consolidation, "drop", body)

        path = f"/v1/consolidations/{consolidation['id']}/handling-units"
        units = (await origin.http.get(path)).json()["units"]
        later = await opened(origin)
        await do(origin, later, "parcels", {"parcel_ids": [left["id"]]})
        again = await number(origin, later, kind="box", parcel_ids=[left["id"]])

        assert [unit["parcel_id"] for unit in units if unit["kind"] == "box"] == [stays["id"]]
        assert again["units"][1]["parcel_id"] == left["id"]


class TestManifest:
    async def test_is_said_once_at_departure_with_masters_houses_and_seals(
        self, origin: Running
    ) -> None:
        consolidation, parcels = await sealed(origin, "1", "2")
        await number(origin, consolidation, kind="box", parcel_ids=[parcels[0]["id"]])
        await tell(origin, released_for_export(consolidation, parcels))
        before = await origin.said(ConsolidationManifested)
        await do(origin, consolidation, "depart", {"gate_weight_g": 1_441})
        late = await number(origin, consolidation, kind="pallet")

        (event,) = await origin.said(ConsolidationManifested)
        (envelope,) = [e for e in await origin.envelopes() if e.type == event.wire_name]
        assert before == []
        assert envelope.audience == "cn-hgh"
        assert (event.gross_weight_g, event.gate_weight_g, event.packages) == (1_440, 1_441, 2)
        assert event.seals == tuple(SEALS)
        houses = {house.parcel_id: house.sscc for house in event.houses}
        assert set(houses) == {parcel["id"] for parcel in parcels}
        assert check_sscc(houses[parcels[0]["id"]] or "")
        assert houses[parcels[1]["id"]] is None
        assert check_sscc(event.sscc or "")
        assert late["code"] == "logistics.consolidation-out-of-order"


class TestRoutes:
    async def test_give_an_arrival_with_its_reasons(self, origin: Running) -> None:
        pytest.importorskip("searoute")
        origin.service.app.state.planners = Here()
        asked = {"origin": "MYPKG", "destination": "CNNGB"}

        sea = (await origin.http.get("/v1/routes", params=asked)).json()
        air = (
            await origin.http.get(
                "/v1/routes", params={"origin": "MYKUL", "destination": "CNHGH", "mode": "air"}
            )
        ).json()

        assert sea["steps"][-1]["ends_at"] == sea["eta"]
        assert air["eta"] < sea["eta"]
        assert sea["confidence"] == "unverified"

    @pytest.mark.parametrize(
        ("asked", "status"),
        [
            ({"origin": "MYXXX", "destination": "CNNGB"}, 404),
            ({"origin": "MYPKG", "destination": "CNHGH", "mode": "air"}, 404),
            ({"origin": "klang", "destination": "CNNGB"}, 422),
        ],
    )
    async def test_know_no_place_that_is_not_listed(
        self, origin: Running, asked: dict[str, str], status: int
    ) -> None:
        pytest.importorskip("searoute")
        origin.service.app.state.planners = Here()

        reply = await origin.http.get("/v1/routes", params=asked)

        assert reply.status_code == status
