"""A parcel that is lost is said to be so once, with what is due, at whichever end it was lost."""

from typing import Any

import pytest

from shared.contracts.logistics.events import ParcelBooked, ParcelLost
from tests.builders.running import Running
from tests.component.logistics.story import (
    SEALS,
    SELLER,
    booked,
    carry,
    declared,
    departed,
    do,
    inbound_now,
    opened,
    parcel_now,
    tell,
    unit_does,
)

INSURED = {"amount_minor": 7_000, "currency": "CNY"}


async def track_sent(origin: Running, parcel: dict[str, Any], state: str, **more: Any) -> Any:
    path = f"/v1/parcels/{parcel['id']}/track"
    return await origin.post(path, {"state": state, **more})


class TestLosingAtTheDestination:
    async def test_says_what_is_due_to_both_hubs(
        self, origin: Running, destination: Running
    ) -> None:
        consolidation, (parcel,) = await departed(origin, "1", insured=INSURED)
        await carry(origin, destination, times=2)
        await unit_does(destination, consolidation, "arrive", {"seals": SEALS})
        await tell(destination, declared(parcel, "released"))
        path = f"/v1/inbound-parcels/{parcel['logistics_no']}/track"
        body = {"state": "lost", "reason": "carrier_lost", "remark": "not found at the depot"}

        reply = await destination.post(path, body)
        twice = await destination.post(path, body)
        await carry(destination, origin, times=2)

        assert reply.json()["insured"] == INSURED
        assert twice.json()["code"] == "logistics.tracking-out-of-order"
        (event,) = await destination.said(ParcelLost)
        assert (event.insured.amount_minor, event.insured.currency) == (7_000, "CNY")
        assert (event.order_no, event.reason) == ("TASIK-1", "carrier_lost")
        (envelope,) = [e for e in await destination.envelopes() if e.type == event.wire_name]
        assert (envelope.subject, envelope.audience) == (parcel["id"], "my-kul")
        assert await origin.quarantined() == []
        assert (await parcel_now(origin, parcel))["state"] == "lost"
        timeline = (await origin.http.get(f"/v1/tracking/{parcel['logistics_no']}")).json()
        assert [line["reason"] for line in timeline["timeline"] if line["activity"] == "lost"] == [
            "carrier_lost"
        ]

    async def test_knows_the_insurance_even_where_the_unit_was_heard_of_first(
        self, origin: Running, destination: Running
    ) -> None:
        _, (parcel,) = await departed(origin, "1", insured=INSURED)
        for envelope in reversed(await origin.envelopes()):
            if envelope.audience:
                await destination.deliver(envelope)

        assert (await inbound_now(destination, parcel))["insured"] == INSURED


class TestLosingAtTheOrigin:
    async def test_takes_the_parcel_out_of_its_pool_and_tells_the_destination(
        self, origin: Running, destination: Running
    ) -> None:
        (parcel,) = await booked(origin, "1", insured=INSURED)
        consolidation = await opened(origin)
        await do(origin, consolidation, "parcels", {"parcel_ids": [parcel["id"]]})

        early = await track_sent(origin, parcel, "lost")
        await track_sent(origin, parcel, "picked_up")
        lost = await track_sent(origin, parcel, "lost", reason="security_stolen")
        await carry(origin, destination, times=2)

        assert early.json()["code"] == "logistics.tracking-out-of-order"
        assert (lost.json()["state"], lost.json()["consolidation_id"]) == ("lost", None)
        (event,) = await origin.said(ParcelLost)
        assert (event.seller_id, event.insured.amount_minor) == (SELLER, 7_000)
        assert await destination.quarantined() == []
        assert (await inbound_now(destination, parcel))["state"] == "lost"

    async def test_owes_nothing_for_what_travelled_uninsured(self, origin: Running) -> None:
        (parcel,) = await booked(origin, "1")
        await track_sent(origin, parcel, "picked_up")
        await track_sent(origin, parcel, "destroyed", reason="carrier_damaged")

        (event,) = await origin.said(ParcelLost)
        (booking,) = await origin.said(ParcelBooked)
        assert booking.insured is None
        assert (event.insured.amount_minor, event.insured.currency) == (0, "XXX")

    @pytest.mark.parametrize(
        "body",
        [
            {"state": "delivered"},
            {"state": "lost", "reason": "aliens"},
            {"state": "lost", "remark": ""},
        ],
    )
    async def test_refuses_what_is_no_such_word(
        self, origin: Running, body: dict[str, str]
    ) -> None:
        (parcel,) = await booked(origin, "1")

        reply = await origin.post(f"/v1/parcels/{parcel['id']}/track", body)

        assert (reply.status_code, reply.json()["code"]) == (422, "request-invalid")
