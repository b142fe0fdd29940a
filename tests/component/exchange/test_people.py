"""Shared personal data cross sealed, open for who may read, and are erased at both hubs."""

import json
from base64 import b64decode
from datetime import timedelta
from typing import Any

import httpx
import prometheus_client as prometheus

from services.exchange.domain.erasure import check_erasure_receipt
from services.exchange.domain.receipt import Receipt
from services.exchange.store.people_tables import held_key, person_key
from services.exchange.timers import PeerGauges
from shared.contracts.event import Envelope
from shared.contracts.members.events import ContactErased, ContactNamed
from shared.kernel.clock import FixedClock
from shared.kernel.ids import derived_id
from tests.builders.running import NOON
from tests.component.exchange.hubs import CN, MY, Hub, Wire

TYPE = ContactNamed.wire_name
SELLER = derived_id("mbr", CN, "seller")
NAME, PHONE = "Wang Xiaofang", "+86 138 0000 0000"


def person(number: int = 1) -> str:
    return derived_id("per", CN, str(number))


def named(hub: Hub, number: int = 1) -> Envelope:
    event = ContactNamed(
        member_id=SELLER, person_id=person(number), contact_name=NAME, contact_phone=PHONE
    )
    return hub.envelope(event, key=SELLER, version=number)


def erased(hub: Hub, number: int = 1) -> Envelope:
    event = ContactErased(member_id=SELLER, person_id=person(number), erased_at=NOON)
    return hub.envelope(event, key=SELLER, version=number + 1)


async def crossed(origin: Hub, dest: Hub, *said: Envelope) -> None:
    await origin.say(*said)
    await origin.close()
    assert await dest.pull()


async def opened(dest: Hub) -> httpx.Response:
    query = {"type": TYPE, "origin": CN, "subject": SELLER}
    return await dest.http.get("/v1/replicas/opened", params=query)


async def read(dest: Hub) -> dict[str, Any]:
    reply = await opened(dest)
    assert reply.status_code == 200, reply.text
    data: dict[str, Any] = json.loads(reply.json()["data"])
    return data


def is_readable(data: dict[str, Any]) -> bool:
    return (data["contact_name"], data["contact_phone"]) == (NAME, PHONE)


async def waiting_s(hub: Hub) -> float | None:
    registry = prometheus.CollectorRegistry()
    await PeerGauges(hub.store, registry, {MY: hub.puller.taker.peer}).show()
    return registry.get_sample_value("eroad_erasure_waiting_seconds", {"peer": MY})


class TestSharedPersonalData:
    async def test_cross_sealed_and_open_for_who_may_read(self, origin: Hub, dest: Hub) -> None:
        await crossed(origin, dest, named(origin))

        assert is_readable(await read(dest))
        for hub in (origin, dest):
            held = await hub.bytes_at_rest()
            assert NAME.encode() not in held
            assert PHONE.encode() not in held

    async def test_open_once_more_while_their_owner_is_away(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        await crossed(origin, dest, named(origin))
        await read(dest)
        wire.is_cut = True

        assert is_readable(await read(dest))

    async def test_wait_for_their_owner_the_first_time(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        await crossed(origin, dest, named(origin))
        wire.is_cut = True

        refused = await opened(dest)

        assert (refused.status_code, refused.json()["code"]) == (503, "exchange.feed-unavailable")

    async def test_have_one_key_for_each_person_however_often_it_is_told(
        self, origin: Hub, dest: Hub
    ) -> None:
        once = named(origin)
        await origin.say(once)
        await crossed(origin, dest, once, named(origin), named(origin, 2))

        keys = await origin.rows(person_key)

        assert sorted(row["person"] for row in keys) == sorted([person(1), person(2)])
        assert {row["peer"] for row in keys} == {MY}

    async def test_open_for_nobody_while_the_peer_is_suspended(
        self, origin: Hub, dest: Hub
    ) -> None:
        await crossed(origin, dest, named(origin))
        assert (await origin.post(f"/v1/peers/{MY}/suspend")).status_code == 200

        assert (await opened(dest)).status_code == 503
        assert await dest.rows(held_key) == []

    async def test_open_for_no_token_without_the_scope(self, dest: Hub) -> None:
        reply = await dest.http.get(
            "/v1/replicas/opened",
            params={"type": TYPE, "origin": CN, "subject": SELLER},
            headers={"Authorization": ""},
        )

        assert reply.status_code == 401

    async def test_are_unknown_before_they_have_crossed(self, dest: Hub) -> None:
        refused = await opened(dest)

        assert (refused.status_code, refused.json()["code"]) == (404, "exchange.replica-unknown")


class TestErasure:
    async def test_makes_what_crossed_unreadable_at_both_hubs_and_is_signed_for(
        self, origin: Hub, dest: Hub
    ) -> None:
        await crossed(origin, dest, named(origin))
        await read(dest)
        before = await dest.hashes("destination")

        await origin.say(erased(origin))
        assert await origin.erasures.tell() == 1

        data = await read(dest)
        assert (data["contact_name"], data["contact_phone"]) == (None, None)
        assert (await opened(dest)).json()["unreadable"] == ["contact_name", "contact_phone"]
        assert [row["wrapped"] for row in await origin.rows(person_key)] == [None]
        assert [row["wrapped"] for row in await dest.rows(held_key)] == [None]
        assert await dest.hashes("destination") == before == await origin.hashes("origin")

    async def test_keeps_the_peers_receipt_which_its_key_signed(
        self, origin: Hub, dest: Hub
    ) -> None:
        await crossed(origin, dest, named(origin))
        await read(dest)
        await origin.post("/v1/erasures", {"person": person()})
        await origin.erasures.tell()

        view = (await origin.http.get("/v1/erasures", params={"person": person()})).json()

        [at] = view["peers"]
        receipt = Receipt(*(b64decode(at["receipt"][part]) for part in ("body", "signature")))
        ring = origin.puller.taker.peer.ring
        body = check_erasure_receipt(receipt, name=at["key"], origin=CN, ring=ring)
        assert (at["peer"], body.receiver, body.was_held) == (MY, MY, True)

    async def test_told_twice_changes_nothing_and_is_signed_once(
        self, origin: Hub, dest: Hub
    ) -> None:
        await crossed(origin, dest, named(origin))
        await read(dest)
        once = erased(origin)
        await origin.say(once)
        await origin.erasures.tell()
        first = await origin.rows(person_key)
        [key] = first

        await origin.say(once, erased(origin))
        assert await origin.erasures.tell() == 0
        again = await origin.erasures.feed.erase_key(key["name"])

        assert await origin.rows(person_key) == first
        assert (again.body, again.signature) == (key["receipt"], key["receipt_signature"])

    async def test_told_before_the_record_makes_it_unreadable_from_the_start(
        self, origin: Hub, dest: Hub
    ) -> None:
        await origin.say(erased(origin))

        await crossed(origin, dest, named(origin))

        assert (await read(dest))["contact_name"] is None
        assert await origin.rows(person_key) == []

    async def test_heard_by_the_peer_before_the_record_takes_no_key_afterwards(
        self, origin: Hub, dest: Hub
    ) -> None:
        await origin.say(named(origin))
        await origin.close()
        await origin.say(erased(origin))
        await origin.erasures.tell()

        assert await dest.pull()

        assert (await read(dest))["contact_name"] is None
        [held] = await dest.rows(held_key)
        assert held["wrapped"] is None

    async def test_wins_over_a_key_that_was_on_its_way(self, origin: Hub, dest: Hub) -> None:
        await crossed(origin, dest, named(origin))
        [key] = await origin.rows(person_key)
        late = await dest.puller.feed.person_keys([key["name"]])
        await origin.say(erased(origin))
        await origin.erasures.tell()

        async with dest.store.transaction() as tx:
            await tx.held_keys.keep(CN, late, now=tx.now)

        assert (await read(dest))["contact_name"] is None

    async def test_waits_until_the_peer_has_signed_and_shows_since_when(
        self, origin: Hub, dest: Hub
    ) -> None:
        await crossed(origin, dest, named(origin))
        await origin.say(erased(origin))

        view = (await origin.http.get("/v1/erasures", params={"person": person()})).json()
        assert [at["receipt"] for at in view["peers"]] == [None]
        clock = origin.store.clock
        assert isinstance(clock, FixedClock)
        clock.move(timedelta(days=31))
        assert await waiting_s(origin) == timedelta(days=31).total_seconds()

        await origin.erasures.tell()
        assert await waiting_s(origin) == 0

    async def test_leaves_others_readable(self, origin: Hub, dest: Hub) -> None:
        await crossed(origin, dest, named(origin, 1), erased(origin, 1), named(origin, 2))

        assert is_readable(await read(dest))

    async def test_is_unknown_for_who_was_not_erased(self, origin: Hub) -> None:
        reply = await origin.http.get("/v1/erasures", params={"person": person(9)})

        assert (reply.status_code, reply.json()["code"]) == (404, "exchange.not-erased")
