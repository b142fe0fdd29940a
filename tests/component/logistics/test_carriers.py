"""A parcel that travels by itself: booked with a carrier, fetched, labelled and followed."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.logistics.clients.simulated_carriers import read_carriers
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.follow_carriers import follow_carriers
from shared.contracts.logistics.events import ParcelLost
from tests.builders.running import Running
from tests.component.logistics.story import (
    SELLER,
    STRANGER,
    acting_as,
    booked,
    parcel_now,
)
from tests.component.logistics.test_assigning import Here

LINE = {
    "description": "white coffee",
    "quantity": 1,
    "net_weight_g": 570,
    "value": {"amount_minor": 5_800, "currency": "CNY"},
    "hs_code": "210112",
    "origin": "MY",
}


async def book_carrier(
    origin: Running, parcel: dict[str, Any], *, carrier: str = "sim-post-my", reference: str = ""
) -> httpx.Response:
    path = f"/v1/parcels/{parcel['id']}/carriage"
    body = {"carrier": carrier, "reference": reference}
    return await origin.post(path, body, headers=acting_as(origin, SELLER))


async def poll(origin: Running, *, after: timedelta, times: int = 1) -> None:
    origin.clock.move(after)
    for _ in range(times):
        async with origin.service.store.transaction() as tx:
            assert isinstance(tx, LogisticsTx)
            await follow_carriers(tx, carriers=read_carriers())


async def timeline(origin: Running, parcel: dict[str, Any]) -> list[dict[str, Any]]:
    path = f"/v1/tracking/{parcel['logistics_no']}"
    reply = await origin.http.get(path, headers=acting_as(origin, SELLER))
    return list(reply.json()["timeline"])


class TestBookingACarrier:
    async def test_gives_a_number_a_price_and_a_pickup(self, origin: Running) -> None:
        (parcel,) = await booked(origin, "1")

        carriage = (await book_carrier(origin, parcel)).json()
        ready = (origin.clock.now() + timedelta(hours=1)).isoformat()
        asked = await origin.post(f"/v1/parcels/{parcel['id']}/pickup", {"ready_at": ready})

        assert carriage["carrier_no"] == "LP000000014MY"
        assert carriage["price"] == {"amount_minor": 3_840, "currency": "MYR"}  # 0.8 kg
        assert carriage["simulated"]
        assert asked.json()["state"] == "pickup_asked"
        assert asked.json()["pickup_at"].startswith("2026-09-02T01:00:00")

    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"carrier": "nobody"}, 404, "logistics.carrier-unknown"),
            ({"carrier": "sim-post-cn"}, 404, "logistics.lane-not-served"),
            ({"reference": "MAGIC-SILENT"}, 503, "logistics.carrier-silent"),
            ({"reference": "MAGIC-REFUSED"}, 422, "logistics.carrier-refused"),
            ({"reference": "MAGIC-GARBLED"}, 503, "logistics.carrier-garbled"),
        ],
    )
    async def test_that_fails_leaves_nothing_behind(
        self, origin: Running, changes: dict[str, str], status: int, code: str
    ) -> None:
        (parcel,) = await booked(origin, "1")

        failed = await book_carrier(origin, parcel, **changes)
        nothing = await origin.http.get(f"/v1/parcels/{parcel['id']}/carriage")
        good = await book_carrier(origin, parcel)

        assert (failed.status_code, failed.json()["code"]) == (status, code)
        assert nothing.json()["code"] == "logistics.carriage-not-found"
        assert good.json()["carrier_no"] == "LP000000014MY"

    async def test_happens_once_until_it_is_called_off(self, origin: Running) -> None:
        (parcel,) = await booked(origin, "1")
        await book_carrier(origin, parcel)

        twice = await book_carrier(origin, parcel)
        stranger = await origin.post(
            f"/v1/parcels/{parcel['id']}/carriage/cancel", headers=acting_as(origin, STRANGER)
        )
        off = await origin.post(f"/v1/parcels/{parcel['id']}/carriage/cancel")
        again = await book_carrier(origin, parcel, carrier="sim-express-my")

        assert twice.json()["code"] == "logistics.carriage-out-of-order"
        assert stranger.status_code == 404
        assert off.json()["state"] == "cancelled"
        assert again.json()["carrier"] == "sim-express-my"


class TestFollowing:
    async def test_takes_each_event_in_once_however_often_it_is_told(self, origin: Running) -> None:
        (parcel,) = await booked(origin, "1")
        await book_carrier(origin, parcel, carrier="sim-express-my", reference="MAGIC-STUTTERS")
        await poll(origin, after=timedelta(minutes=50), times=2)
        await poll(origin, after=timedelta(days=2), times=2)

        async with origin.service.store.reading() as tx:
            assert (await tx.parcels.get(parcel["id"])).state.value == "delivered"
        states = [line["activity"] for line in await timeline(origin, parcel)]
        assert states.count("picked_up") == 1
        assert states.count("delivered") == 1

    @pytest.mark.parametrize(
        ("reference", "state"),
        [
            ("MAGIC-SHUFFLES", "delivered"),
            ("MAGIC-MUMBLES", "delivered"),
            ("MAGIC-ABSENT", "delivered"),
            ("MAGIC-CUSTOMS", "on_hold"),
            ("MAGIC-RETURNED", "return_to_sender"),
            ("MAGIC-NO-SHOW", "pending"),
        ],
    )
    async def test_ends_where_the_carrier_says(
        self, origin: Running, reference: str, state: str
    ) -> None:
        (parcel,) = await booked(origin, "1")
        await book_carrier(origin, parcel, reference=reference)

        await poll(origin, after=timedelta(days=9))

        async with origin.service.store.reading() as tx:
            assert (await tx.parcels.get(parcel["id"])).state.value == state

    async def test_says_what_is_lost(self, origin: Running) -> None:
        insured = {"amount_minor": 7_000, "currency": "CNY"}
        (parcel,) = await booked(origin, "1", insured=insured)
        await book_carrier(origin, parcel, reference="MAGIC-LOST")

        await poll(origin, after=timedelta(days=9), times=2)

        (event,) = await origin.said(ParcelLost)
        assert (event.insured.amount_minor, event.reason) == (7_000, "carrier_lost")


class TestPapers:
    async def test_are_a_label_and_a_customs_form(self, origin: Running) -> None:
        origin.service.app.state.planners = Here()
        (parcel,) = await booked(origin, "1")
        await book_carrier(origin, parcel)
        path = f"/v1/parcels/{parcel['id']}"
        form = {"sender": ["Kinta Valley"], "recipient": ["Lin Shu"], "lines": [LINE]}

        printer = await origin.http.get(f"{path}/label.zpl")
        paper = await origin.http.get(f"{path}/label.pdf")
        data = await origin.post(f"{path}/customs-form", form)
        pdf = await origin.post(f"{path}/customs-form.pdf", form)
        heavy = await origin.post(
            f"{path}/customs-form", {**form, "lines": [{**LINE, "net_weight_g": 721}]}
        )

        assert "LP000000014MY" in printer.text
        assert paper.content.startswith(b"%PDF")
        assert (data.json()["form"], data.json()["total"]["amount_minor"]) == ("CN 22", 5_800)
        assert pdf.headers["content-type"] == "application/pdf"
        assert heavy.json()["code"] == "logistics.customs-contents-inconsistent"

    async def test_are_for_those_who_may_see_the_parcel(self, origin: Running) -> None:
        (parcel,) = await booked(origin, "1")
        stranger = acting_as(origin, STRANGER)

        reply = await origin.http.get(f"/v1/parcels/{parcel['id']}/label.zpl", headers=stranger)

        assert reply.status_code == 404


class TestTrackingExports:
    async def test_tell_what_happened_as_epcis_and_what_is_planned_as_dcsa(
        self, origin: Running
    ) -> None:
        (parcel,) = await booked(origin, "1")
        await book_carrier(origin, parcel)
        await origin.post(f"/v1/parcels/{parcel['id']}/track", {"state": "picked_up"})
        ready = (origin.clock.now() + timedelta(hours=1)).isoformat()
        path = f"/v1/tracking/{parcel['logistics_no']}"
        await origin.post(f"/v1/parcels/{parcel['id']}/pickup", {"ready_at": ready})

        epcis = (await origin.http.get(f"{path}/epcis")).json()
        dcsa = (await origin.http.get(f"{path}/dcsa")).json()

        events = epcis["epcisBody"]["eventList"]
        assert (epcis["type"], epcis["schemaVersion"]) == ("EPCISDocument", "2.0")
        assert events[0]["bizStep"] == "commissioning"
        assert "accepting" in {event["bizStep"] for event in events}
        assert {event["type"] for event in events} == {"ObjectEvent"}
        assert {one["eventClassifierCode"] for one in dcsa} == {"ACT", "PLN"}
        assert (await parcel_now(origin, parcel))["state"] == "picked_up"
