"""Units come in and are emptied; each parcel goes where customs says, and waits for no other."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.logistics.domain.inbound import Clearance
from shared.contracts.logistics.events import (
    ConsolidationArrived,
    ConsolidationClosed,
    ConsolidationManifested,
    ParcelCancelled,
    ParcelDelivered,
    ParcelTracked,
)
from shared.contracts.registry import EVENTS
from tests.builders.logistics import an_id
from tests.builders.running import Running
from tests.component.logistics.story import (
    MARKETPLACE,
    PROOF,
    SEALS,
    STRANGER,
    acting_as,
    booked,
    cancelled,
    carry,
    declared,
    deliver,
    departed,
    inbound_does,
    inbound_now,
    parcel_now,
    placed,
    tell,
    unit_does,
)


class TestExpecting:
    @pytest.mark.parametrize("order", list(permutations(range(3))))
    async def test_puts_news_together_in_whatever_order_and_however_often_it_comes(
        self, origin: Running, destination: Running, order: tuple[int, ...]
    ) -> None:
        consolidation, (parcel,) = await departed(origin, "1")
        abroad = [e for e in await origin.envelopes() if e.audience == "cn-hgh"]
        heard = [e for e in abroad if e.type != ConsolidationManifested.wire_name]
        customs = destination.envelope(declared(parcel, "released"), key="declaration")
        news = [*heard, customs]
        assert len(news) == 3  # booked, departed, released

        for index in order:
            await destination.deliver(news[index])
            await destination.deliver(news[index])

        now = await inbound_now(destination, parcel)
        assert (now["clearance"], now["state"], now["pool"]) == ("released", "in_transit", "packed")
        assert (now["parcel_id"], now["origin_hub"]) == (parcel["id"], "my-kul")
        assert now["consolidation_id"] == consolidation["id"]
        assert await destination.quarantined() == []

    async def test_forgets_a_parcel_that_was_called_off(
        self, origin: Running, destination: Running
    ) -> None:
        (parcel,) = await booked(origin, "1")
        await tell(origin, cancelled())

        await carry(origin, destination, times=2)

        assert len(await origin.said(ParcelCancelled)) == 1
        assert (await inbound_now(destination, parcel))["state"] == "cancelled"

    async def test_knows_a_parcel_from_its_booking_on(
        self, origin: Running, destination: Running
    ) -> None:
        (parcel,) = await booked(origin, "1")

        await carry(origin, destination, times=2)

        now = await inbound_now(destination, parcel)
        assert (now["parcel_id"], now["origin_hub"]) == (parcel["id"], "my-kul")
        assert (now["state"], now["clearance"], now["pool"]) == ("pending", "awaited", None)

    async def test_lets_no_other_hub_call_a_parcel_off(
        self, origin: Running, destination: Running
    ) -> None:
        (parcel,) = await booked(origin, "1")
        await tell(destination, placed())
        await carry(origin, destination)
        forged = ParcelCancelled(
            parcel_id=an_id("pcl", "theirs", "sg-sin"),
            logistics_no=parcel["logistics_no"],
            order_id=parcel["order_id"],
            reason="forged",
        )

        await destination.hear(forged, key="theirs", origin="sg-sin")

        assert [why for why, _ in await destination.quarantined()] == ["logistics.not-the-sender"]
        assert (await inbound_now(destination, parcel))["state"] == "pending"

    async def test_believes_a_sender_only_about_its_own(
        self, origin: Running, destination: Running
    ) -> None:
        await departed(origin, "1")
        await tell(destination, placed(seller_hub="sg-sin"))

        for envelope in await origin.envelopes():
            if envelope.audience == "cn-hgh":
                await destination.deliver(envelope)

        reasons = [why for why, _ in await destination.quarantined()]
        assert reasons == ["logistics.not-the-sender"] * 2
        units = await destination.http.get("/v1/inbound-consolidations")
        assert units.json()["items"] == []

    async def test_refuses_what_another_hub_says_in_a_peers_name(
        self, origin: Running, destination: Running
    ) -> None:
        await departed(origin, "1")
        forged = [e for e in await origin.envelopes() if e.audience == "cn-hgh"]

        for envelope in forged:
            event = EVENTS[envelope.type].parse(envelope.data)
            await destination.hear(event, key=envelope.subject, origin="sg-sin")

        reasons = [why for why, _ in await destination.quarantined()]
        assert reasons == ["logistics.not-the-owner"] * 2


class TestArriving:
    async def test_takes_a_unit_in_and_tells_its_sender(
        self, origin: Running, destination: Running
    ) -> None:
        consolidation, _ = await departed(origin, "1")
        early = await unit_does(destination, consolidation, "arrive", {"seals": SEALS})
        await carry(origin, destination)

        broken = await unit_does(destination, consolidation, "arrive", {"seals": SEALS[:1]})
        reply = await unit_does(destination, consolidation, "arrive", {"seals": SEALS[::-1]})
        twice = await unit_does(destination, consolidation, "arrive", {"seals": SEALS})

        code = "logistics.inbound-consolidation-not-known"
        assert (early.status_code, early.json()["code"]) == (404, code)
        assert (broken.status_code, broken.json()["code"]) == (422, "logistics.seals-differ")
        assert reply.json()["state"] == "arrived"
        assert twice.json()["code"] == "logistics.consolidation-out-of-order"
        (event,) = await destination.said(ConsolidationArrived)
        (envelope,) = await destination.envelopes()
        assert (envelope.subject, envelope.audience) == (consolidation["id"], "my-kul")
        assert event.arrived_at == destination.clock.now()


async def arrived(
    origin: Running, destination: Running, words: dict[str, str]
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """A unit that is here, with a parcel per name, of which customs said that word."""
    consolidation, parcels = await departed(origin, *words)
    await carry(origin, destination)
    for parcel, word in zip(parcels, words.values(), strict=True):
        if word != "awaited":
            await tell(destination, declared(parcel, word))
    reply = await unit_does(destination, consolidation, "arrive", {"seals": SEALS})
    assert reply.status_code == 200
    return consolidation, dict(zip(words, parcels, strict=True))


class TestDeconsolidating:
    async def test_sends_every_parcel_where_customs_says_and_closes_the_unit(
        self, origin: Running, destination: Running
    ) -> None:
        words = {word.value: word.value for word in Clearance}
        consolidation, parcels = await arrived(origin, destination, words)

        reply = (await unit_does(destination, consolidation, "deconsolidate")).json()

        assert reply["consolidation"]["state"] == "closed"
        assert (reply["released"], reply["held"], reply["sent_back"]) == (1, 3, 1)
        states = {w: (await inbound_now(destination, p))["state"] for w, p in parcels.items()}
        assert states == {
            "awaited": "on_hold",
            "returned": "on_hold",
            "held": "on_hold",
            "released": "out_for_delivery",
            "sent_back": "return_to_sender",
        }
        (closed,) = await destination.said(ConsolidationClosed)
        assert set(closed.split_out) == {
            p["logistics_no"] for w, p in parcels.items() if w != "released"
        }
        assert len(await destination.said(ParcelTracked)) == 5

    async def test_lets_a_held_parcel_follow_when_it_is_released(
        self, origin: Running, destination: Running
    ) -> None:
        words = {"1": "held", "2": "held"}
        consolidation, parcels = await arrived(origin, destination, words)
        await unit_does(destination, consolidation, "deconsolidate")
        waiting = await deliver(destination, parcels["1"])

        await tell(destination, declared(parcels["1"], "released"), times=2)
        await tell(destination, declared(parcels["2"], "sent_back"), times=2)
        delivered = await deliver(destination, parcels["1"])
        back = await deliver(destination, parcels["2"])

        assert (waiting.status_code, waiting.json()["code"]) == (409, "logistics.not-released")
        assert waiting.json()["retry_after_s"] == 30
        assert delivered.json()["state"] == "delivered"
        assert (back.status_code, back.json()["code"]) == (422, "logistics.sent-back")
        states = [event.state for event in await destination.said(ParcelTracked)]
        assert states == ["on_hold", "on_hold", "in_transit", "return_to_sender"]

    async def test_happens_after_the_arrival_and_once(
        self, origin: Running, destination: Running
    ) -> None:
        consolidation, _ = await departed(origin, "1")
        await carry(origin, destination)
        early = await unit_does(destination, consolidation, "deconsolidate")
        await unit_does(destination, consolidation, "arrive", {"seals": SEALS})
        await unit_does(destination, consolidation, "deconsolidate")
        twice = await unit_does(destination, consolidation, "deconsolidate")

        assert early.json()["code"] == "logistics.consolidation-out-of-order"
        assert twice.json()["code"] == "logistics.consolidation-out-of-order"


class TestDelivering:
    async def test_tells_the_sender_with_the_proof(
        self, origin: Running, destination: Running
    ) -> None:
        _, parcels = await arrived(origin, destination, {"1": "released"})

        reply = await deliver(destination, parcels["1"])
        twice = await deliver(destination, parcels["1"])

        assert (reply.status_code, reply.json()["proof_sha256"]) == (200, PROOF)
        assert twice.json()["code"] == "logistics.tracking-out-of-order"
        (event,) = await destination.said(ParcelDelivered)
        (envelope,) = [e for e in await destination.envelopes() if e.type == event.wire_name]
        assert (envelope.subject, envelope.audience) == (parcels["1"]["id"], "my-kul")
        assert event.order_no == "TASIK-1"

    async def test_straight_out_of_the_unit_opens_it_and_the_last_one_closes_it(
        self, origin: Running, destination: Running
    ) -> None:
        words = {"1": "released", "2": "released"}
        consolidation, parcels = await arrived(origin, destination, words)
        path = f"/v1/inbound-consolidations/{consolidation['id']}"

        await deliver(destination, parcels["1"])
        between = (await destination.http.get(path)).json()["state"]
        await deliver(destination, parcels["2"])

        assert between == "deconsolidating"
        assert (await destination.http.get(path)).json()["state"] == "closed"
        (closed,) = await destination.said(ConsolidationClosed)
        assert closed.split_out == ()

    @pytest.mark.parametrize("word", ["awaited", "returned", "held"])
    async def test_waits_for_customs_and_holds_up_nobody_else(
        self, origin: Running, destination: Running, word: str
    ) -> None:
        _, parcels = await arrived(origin, destination, {"1": word, "2": "released"})

        held = await deliver(destination, parcels["1"])
        other = await deliver(destination, parcels["2"])

        assert held.json()["code"] == "logistics.not-released"
        assert other.json()["state"] == "delivered"
        assert [e.parcel_id for e in await destination.said(ParcelDelivered)] == [
            parcels["2"]["id"]
        ]

    async def test_waits_for_the_unit(self, origin: Running, destination: Running) -> None:
        _, (parcel,) = await departed(origin, "1")
        unknown = await deliver(destination, parcel)
        await carry(origin, destination)
        await tell(destination, declared(parcel, "released"))

        early = await deliver(destination, parcel)

        assert (unknown.status_code, unknown.json()["code"]) == (
            404,
            "logistics.inbound-parcel-not-known",
        )
        assert (early.status_code, early.json()["code"]) == (409, "logistics.not-arrived")

    async def test_asks_for_the_order_where_two_parcels_have_one_number(
        self, origin: Running, destination: Running
    ) -> None:
        _, parcels = await arrived(origin, destination, {"1": "released"})
        number = parcels["1"]["logistics_no"]
        other = {**parcels["1"], "order_id": an_id("ord", "other", "cn-hgh")}
        await tell(destination, declared(other, "returned"))

        reply = await deliver(destination, parcels["1"])
        named = await destination.post(
            f"/v1/inbound-parcels/{number}/deliver?order_id={parcels['1']['order_id']}",
            {"proof_sha256": PROOF},
        )

        assert (reply.status_code, reply.json()["code"]) == (409, "logistics.number-ambiguous")
        assert named.json()["state"] == "delivered"


class TestProofs:
    async def test_say_what_when_and_where_but_no_address(
        self, origin: Running, destination: Running
    ) -> None:
        _, parcels = await arrived(origin, destination, {"1": "released"})
        signed_at = destination.clock.now()
        destination.clock.move(timedelta(minutes=10))
        body = {
            "proof_sha256": PROOF,
            "proof_kind": "photo",
            "taken_at": signed_at.isoformat(),
            "place": "CNHGH",
        }

        reply = (await inbound_does(destination, parcels["1"], "deliver", body)).json()

        assert reply["delivered_at"] == reply["proof_at"] == signed_at.isoformat()[:19] + "Z"
        assert (reply["proof_kind"], reply["proof_place"]) == ("photo", "CNHGH")
        assert (await inbound_now(destination, parcels["1"])) == reply
        (event,) = await destination.said(ParcelDelivered)
        assert (event.delivered_at, event.place) == (signed_at, "CNHGH")
        assert event.proof_kind == "photo"

    @pytest.mark.parametrize("deed", ["deliver", "refuse"])
    @pytest.mark.parametrize("hours", [-1, 1])
    async def test_are_no_older_than_the_arrival_and_not_from_the_future(
        self, origin: Running, destination: Running, deed: str, hours: int
    ) -> None:
        _, parcels = await arrived(origin, destination, {"1": "released"})
        taken_at = destination.clock.now() + timedelta(hours=hours)
        body = {"proof_sha256": PROOF, "taken_at": taken_at.isoformat()}

        reply = await inbound_does(destination, parcels["1"], deed, body)

        assert (reply.status_code, reply.json()["code"]) == (422, "logistics.proof-time-wrong")
        assert (await inbound_now(destination, parcels["1"]))["proof_sha256"] is None


class TestRefusing:
    async def test_turns_the_parcel_back_and_tells_its_sender_why(
        self, origin: Running, destination: Running
    ) -> None:
        consolidation, parcels = await arrived(origin, destination, {"1": "released"})
        body = {"proof_sha256": PROOF, "remark": "not what was ordered"}

        early = await inbound_does(destination, parcels["1"], "refuse", body)
        await unit_does(destination, consolidation, "deconsolidate")
        reply = await inbound_does(destination, parcels["1"], "refuse", body)
        after = await deliver(destination, parcels["1"])
        heard = await carry(destination, origin, times=2)

        assert early.json()["code"] == "logistics.not-offered"
        assert (reply.json()["state"], reply.json()["proof_sha256"]) == ("return_to_sender", PROOF)
        assert reply.json()["delivered_at"] is None
        assert after.json()["code"] == "logistics.tracking-out-of-order"
        assert await destination.said(ParcelDelivered) == []
        last = (await destination.said(ParcelTracked))[-1]
        assert (last.state, last.reason) == ("return_to_sender", "consignee_refused")
        assert heard
        assert (await parcel_now(origin, parcels["1"]))["state"] == "return_to_sender"

    async def test_is_for_carriers(self, origin: Running, destination: Running) -> None:
        _, parcels = await arrived(origin, destination, {"1": "released"})
        path = f"/v1/inbound-parcels/{parcels['1']['logistics_no']}/refuse"

        reply = await destination.post(
            path, {"proof_sha256": PROOF}, headers=acting_as(destination, MARKETPLACE)
        )

        assert (reply.status_code, reply.json()["code"]) == (403, "scope-missing")


class TestTracking:
    async def test_moves_a_parcel_by_the_ways_there_are(
        self, origin: Running, destination: Running
    ) -> None:
        _, parcels = await arrived(origin, destination, {"1": "released", "2": "held"})

        async def track(name: str, state: str) -> str:
            path = f"/v1/inbound-parcels/{parcels[name]['logistics_no']}/track"
            reply = (await destination.post(path, {"state": state, "remark": "test"})).json()
            return str(reply.get("code") or reply["state"])

        assert await track("1", "delivery_failed") == "logistics.tracking-out-of-order"
        assert await track("1", "out_for_delivery") == "out_for_delivery"
        assert await track("1", "delivery_failed") == "delivery_failed"
        assert await track("2", "out_for_delivery") == "logistics.not-released"
        assert await track("2", "lost") == "lost"
        assert [e.state for e in await destination.said(ParcelTracked)] == [
            "out_for_delivery",
            "delivery_failed",
            "lost",
        ]

    async def test_shows_a_platform_its_own_parcels_only(
        self, origin: Running, destination: Running
    ) -> None:
        await tell(destination, placed())
        _, parcels = await arrived(origin, destination, {"1": "released"})
        path = f"/v1/inbound-parcels/{parcels['1']['logistics_no']}"

        own = await destination.http.get(path, headers=acting_as(destination, MARKETPLACE))
        theirs = await destination.http.get(path, headers=acting_as(destination, STRANGER))
        deed = await destination.post(
            f"{path}/deliver", {"proof_sha256": PROOF}, headers=acting_as(destination, MARKETPLACE)
        )

        assert own.json()["clearance"] == "released"
        assert theirs.status_code == 404
        assert (deed.status_code, deed.json()["code"]) == (403, "scope-missing")
