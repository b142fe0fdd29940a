"""The carrier's waybill: at the buyer's hub only, corrected in the open, seen by few."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from services.logistics.store.tables import metadata
from shared.contracts.logistics.events import WaybillRecorded
from tests.builders.running import Running
from tests.component.logistics.story import (
    BUYER,
    MARKETPLACE,
    SEALS,
    STRANGER,
    acting_as,
    carry,
    declared,
    deliver,
    departed,
    placed,
    tell,
    unit_does,
)


def a_waybill(**changes: Any) -> dict[str, Any]:
    return {
        "logistics_no": "KV26090100001",
        "order_no": "TASIK-1",
        "carrier_code": "SIMEXPRESS",
        "master_waybill": "232-12345675",
        "freight": {"amount_minor": 1_200, "currency": "CNY"},
        "insured": {"amount_minor": 0, "currency": "CNY"},
        "gross_weight_g": 720,
        "consignee_name": BUYER["name"],
        "consignee_phone": BUYER["phone"],
        "consignee_address": BUYER["address"],
        **changes,
    }


async def record(
    destination: Running, member_id: str = MARKETPLACE, **changes: Any
) -> httpx.Response:
    headers = acting_as(destination, member_id, kind="marketplace")
    return await destination.post("/v1/waybills", a_waybill(**changes), headers=headers)


async def correct(destination: Running, waybill_id: str, **changes: Any) -> httpx.Response:
    body = a_waybill(**changes)
    del body["logistics_no"]
    headers = acting_as(destination, MARKETPLACE, kind="marketplace")
    return await destination.http.put(f"/v1/waybills/{waybill_id}", json=body, headers=headers)


class TestRecording:
    async def test_tells_this_hub_and_no_other(self, destination: Running) -> None:
        await tell(destination, placed())

        reply = await record(destination)

        assert reply.status_code == 201
        (event,) = await destination.said(WaybillRecorded)
        assert (event.logistics_no, event.version) == ("KV26090100001", 1)
        assert event.consignee_phone == BUYER["phone"]
        assert not WaybillRecorded.leaves_hub
        (envelope,) = await destination.envelopes()
        assert (envelope.subject, envelope.audience) == (reply.json()["id"], "")

    async def test_needs_an_order_that_was_placed_here(self, destination: Running) -> None:
        before = await record(destination)
        await tell(destination, placed())

        assert (before.status_code, before.json()["code"]) == (404, "logistics.order-not-known")
        assert before.json()["retry_after_s"] == 5
        assert (await record(destination)).status_code == 201

    async def test_is_for_the_orders_platform_and_for_carriers(self, destination: Running) -> None:
        await tell(destination, placed())

        theirs = await record(destination, STRANGER)
        carriers = await destination.post("/v1/waybills", a_waybill())

        assert theirs.json()["code"] == "logistics.order-not-known"
        assert carriers.status_code == 201

    async def test_happens_once_per_carrier_and_number(self, destination: Running) -> None:
        await tell(destination, placed())
        await record(destination)

        again = await record(destination)
        other = await record(destination, carrier_code="OTHER")

        assert (again.status_code, again.json()["code"]) == (409, "logistics.waybill-exists")
        assert other.status_code == 201

    @pytest.mark.parametrize("field", ["consignee_name", "consignee_phone", "consignee_address"])
    async def test_never_echoes_a_person_it_refuses(self, destination: Running, field: str) -> None:
        reply = await record(destination, **{field: "\x00" + BUYER["name"]})

        assert reply.status_code == 422
        assert BUYER["name"] not in reply.text


class TestCorrecting:
    async def test_raises_the_version_and_tells_again(self, destination: Running) -> None:
        await tell(destination, placed())
        waybill = (await record(destination, consignee_phone="13899999999")).json()

        right = await correct(destination, waybill["id"])

        assert (right.status_code, right.json()["version"]) == (200, 2)
        path = f"/v1/waybills/{waybill['id']}"
        headers = acting_as(destination, MARKETPLACE)
        assert (await destination.http.get(path, headers=headers)).json() == right.json()
        first, second = await destination.said(WaybillRecorded)
        assert (first.version, second.version) == (1, 2)
        assert second.consignee_phone == BUYER["phone"]
        assert second.waybill_id == first.waybill_id

    async def test_moves_no_waybill_to_an_order_of_somebody_else(
        self, destination: Running
    ) -> None:
        await tell(destination, placed())
        await tell(destination, placed("2", marketplace_id=STRANGER))
        waybill = (await record(destination)).json()

        reply = await correct(destination, waybill["id"], order_no="TASIK-2")

        assert reply.json()["code"] == "logistics.order-not-known"

    async def test_that_changes_nothing_says_nothing(self, destination: Running) -> None:
        await tell(destination, placed())
        waybill = (await record(destination)).json()

        same = await correct(destination, waybill["id"])

        assert (same.status_code, same.json()["code"]) == (409, "logistics.waybill-unchanged")
        assert len(await destination.said(WaybillRecorded)) == 1

    async def test_is_for_whoever_recorded_it(self, destination: Running) -> None:
        await tell(destination, placed())
        waybill = (await destination.post("/v1/waybills", a_waybill())).json()

        theirs = await correct(destination, waybill["id"], consignee_phone="13899999999")
        seen = await destination.http.get(
            f"/v1/waybills/{waybill['id']}", headers=acting_as(destination, MARKETPLACE)
        )
        listed = await destination.http.get(
            "/v1/waybills", headers=acting_as(destination, MARKETPLACE)
        )

        assert theirs.status_code == seen.status_code == 404
        assert listed.json()["items"] == []


class TestTheBuyer:
    async def test_is_kept_in_the_waybill_and_its_local_event_only(
        self, origin: Running, destination: Running
    ) -> None:
        person = {"buyer_name": BUYER["name"], "buyer_phone": BUYER["phone"]}
        address = {"buyer_address": BUYER["address"], "buyer_id_number": "330106190001010017"}
        consolidation, (parcel,) = await departed(origin, "1")
        await destination.hear(placed(**person, **address), key="order")
        await record(destination, logistics_no=parcel["logistics_no"])
        await carry(origin, destination)
        await tell(destination, declared(parcel, "released"))
        await unit_does(destination, consolidation, "arrive", {"seals": SEALS})
        await deliver(destination, parcel)
        await carry(destination, origin)

        secrets = [BUYER["name"], BUYER["phone"], BUYER["address"], "330106190001010017"]
        assert await tables_that_know(destination, secrets) == {"waybill", "outbox", "idempotency"}
        assert await tables_that_know(origin, secrets) == set()
        leaving = [e for e in await destination.envelopes() if e.audience]
        assert leaving
        assert not any(secret.encode() in e.data for e in leaving for secret in secrets)


async def tables_that_know(hub: Running, secrets: list[str]) -> set[str]:
    """Return the tables in which one of these texts is found."""
    knowing = set()
    async with hub.service.store.database.reading() as connection:
        for table in metadata.sorted_tables:
            for row in (await connection.execute(select(table))).all():
                text = " ".join(
                    value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    for value in row
                )
                if any(secret in text for secret in secrets):
                    knowing.add(table.name)
    return knowing
