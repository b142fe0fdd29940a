"""What peers shared can be read: now, as of a moment, page by page; newer versions wait raw."""

from collections.abc import Mapping
from datetime import timedelta
from json import loads
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from services.exchange.domain.agreement import Schema
from services.exchange.store.tables import arrived_frame, metadata, replica, set_aside
from shared.contracts.event import Envelope
from shared.contracts.orders.events import OrderCancelled
from shared.kernel.clock import FixedClock
from tests.builders.running import NOON
from tests.component.exchange.hubs import CN, ORDERS, Hub, cancelled, order_id, say_cancelled

V1 = OrderCancelled.wire_name
V2 = V1.replace(".v1", ".v2")


async def asked(hub: Hub, **query: Any) -> httpx.Response:
    return await hub.http.get("/v1/replicas", params={"type": V1, **query})


async def shown(hub: Hub, **query: Any) -> dict[str, str]:
    """The reasons in the replicas of one page, by subject."""
    reply = await asked(hub, **query)
    assert reply.status_code == 200, reply.text
    read = [
        (i["subject"], OrderCancelled.model_validate_json(i["data"])) for i in reply.json()["items"]
    ]
    return {subject: event.reason for subject, event in read}


def later(hub: Hub, seconds: int) -> str:
    """Move a hub's clock to so many seconds after noon; return that moment."""
    clock = hub.store.clock
    assert isinstance(clock, FixedClock)
    clock.move(NOON + timedelta(seconds=seconds) - clock.now())
    return clock.now().isoformat()


class TestReplicas:
    async def test_can_be_asked_for_by_subject_and_by_origin(self, origin: Hub, dest: Hub) -> None:
        await say_cancelled(origin, 1, 2, 3)
        await dest.pull()

        assert set(await shown(dest, subject=order_id(2))) == {order_id(2)}
        assert set(await shown(dest, origin=CN)) == {order_id(n) for n in (1, 2, 3)}
        assert await shown(dest, origin="sg-sin") == {}

    async def test_come_page_by_page_and_none_twice(self, origin: Hub, dest: Hub) -> None:
        await say_cancelled(origin, *range(1, 8))
        await dest.pull()

        subjects: list[str] = []
        query: dict[str, Any] = {"limit": 3}
        while True:
            page = (await asked(dest, **query)).json()
            subjects += [item["subject"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            query["cursor"] = page["next_cursor"]

        assert subjects == sorted(order_id(n) for n in range(1, 8))

    async def test_say_which_version_of_the_subject_they_are(self, origin: Hub, dest: Hub) -> None:
        await origin.say(origin.envelope(cancelled(), key=order_id(1), version=7))
        await origin.close()
        await dest.pull()

        [item] = (await asked(dest)).json()["items"]

        assert (item["version"], item["seq"]) == (7, 1)

    async def test_refuse_a_cursor_of_another_list(self, dest: Hub) -> None:
        refused = await asked(dest, cursor="Y24taGdo")

        assert (refused.status_code, refused.json()["code"]) == (422, "cursor-malformed")

    async def test_refuse_a_moment_without_a_zone(self, dest: Hub) -> None:
        assert (await asked(dest, as_of="2026-01-01T12:00:00")).status_code == 422

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    async def test_can_be_written_by_nobody_here(self, dest: Hub, method: str) -> None:
        assert (await dest.http.request(method, "/v1/replicas")).status_code == 405


class TestAsOf:
    async def test_shows_what_was_held_then(self, origin: Hub, dest: Hub) -> None:
        before = later(dest, 0)
        moments = []
        for seconds, reason in ((10, "buyer-request"), (20, "out-of-stock"), (30, "fraud")):
            moments.append(later(dest, seconds))
            await say_cancelled(origin, 1, reason=reason)
            await dest.pull()
        await say_cancelled(origin, 2)
        await dest.pull()

        assert await shown(dest, as_of=before) == {}
        assert await shown(dest, as_of=moments[0]) == {order_id(1): "buyer-request"}
        assert await shown(dest, as_of=moments[1]) == {order_id(1): "out-of-stock"}
        assert await shown(dest, as_of=moments[2]) == await shown(dest)
        assert len(await shown(dest)) == 2

    async def test_leaves_out_what_waited_then_and_was_replayed_later(
        self, origin: Hub, dest: Hub
    ) -> None:
        then = later(dest, 10)
        await learn(origin, V2)
        await say(origin, newer(origin, 1))
        await dest.pull()
        later(dest, 20)
        await learn(dest, V2)
        await dest.newer.run()

        assert (await asked(dest, type=V2, as_of=then)).json()["items"] == []
        assert len((await asked(dest, type=V2)).json()["items"]) == 1

    async def test_goes_on_behind_a_page_of_which_nothing_had_come(
        self, origin: Hub, dest: Hub
    ) -> None:
        later(dest, 0)
        await say_cancelled(origin, 5)
        await dest.pull()
        then = later(dest, 10)
        others = sorted((order_id(n), n) for n in range(1, 9) if n != 5)
        later(dest, 20)
        await say_cancelled(origin, *(n for _, n in others))
        await dest.pull()

        found: dict[str, str] = {}
        query: dict[str, Any] = {"limit": 2, "as_of": then}
        while True:
            found |= await shown(dest, **query)
            query["cursor"] = (await asked(dest, **query)).json()["next_cursor"]
            if query["cursor"] is None:
                break

        assert set(found) == {order_id(5)}

    async def test_tells_only_the_hash_of_what_came_before_whole_frames_were_kept(
        self, origin: Hub, dest: Hub
    ) -> None:
        then = later(dest, 10)
        await say_cancelled(origin, 1)
        await dest.pull()
        later(dest, 20)
        await say_cancelled(origin, 1, reason="fraud")
        await dest.pull()
        async with dest.store.transaction() as tx:
            await tx.connection.execute(arrived_frame.update().values(value=None))

        [item] = (await asked(dest, as_of=then)).json()["items"]

        assert item["data"] is None
        assert item["seq"] == 1
        assert len(item["line_hash"]) == 64


async def learn(hub: Hub, name: str) -> None:
    """Let a hub know a type as if it ran a newer program, and its peer have it."""
    agreements = hub.puller.taker.agreements
    known: dict[str, Schema] = dict(agreements.schemas)
    schema: Mapping[str, Any] = known[V1]
    agreements.schemas = {**known, name: schema}
    agreements._all = {}
    async with hub.store.transaction() as tx:
        await tx.contracts.ensure(hub.puller.hub, agreements.schemas)


def newer(hub: Hub, number: int, *, reason: str = "buyer-request") -> Envelope:
    return replace(hub.envelope(cancelled(number, reason=reason), key=order_id(number)), type=V2)


async def say(hub: Hub, *envelopes: Envelope) -> None:
    await hub.say(*envelopes)
    await hub.close()


class TestNewerVersion:
    async def test_is_kept_raw_and_only_its_subject_waits(self, origin: Hub, dest: Hub) -> None:
        await learn(origin, V2)
        await say(origin, newer(origin, 1))

        await say_cancelled(origin, 1, 2)
        assert await dest.pull()

        aside = [(r["seq"], r["reason"]) for r in await dest.rows(set_aside)]
        assert aside == [(1, "newer-version"), (2, "behind-another")]
        assert [row["subject"] for row in await dest.rows(replica)] == [order_id(2)]
        assert await dest.numbers(ORDERS) == []

    async def test_is_applied_in_order_once_the_hub_is_upgraded(
        self, origin: Hub, dest: Hub
    ) -> None:
        await learn(origin, V2)
        await say(origin, newer(origin, 1), newer(origin, 1, reason="fraud"))
        await say_cancelled(origin, 1)
        await dest.pull()
        assert await dest.rows(replica) == []

        await learn(dest, V2)
        await dest.newer.run()
        await dest.newer.run()

        held = {row["type"]: row["seq"] for row in await dest.rows(replica)}
        assert held == {V1: 3, V2: 2}
        assert await told(dest) == [(V2, "buyer-request"), (V2, "fraud"), (V1, "buyer-request")]
        assert await dest.hashes("destination") == await origin.hashes("origin")

    async def test_that_is_still_unknown_goes_on_waiting(self, origin: Hub, dest: Hub) -> None:
        await learn(origin, V2)
        await say(origin, newer(origin, 1))
        await dest.pull()

        await dest.newer.run()

        assert [row["replayed_at"] for row in await dest.rows(set_aside)] == [None]

    async def test_lets_what_comes_after_the_upgrade_flow(self, origin: Hub, dest: Hub) -> None:
        await learn(origin, V2)
        await say(origin, newer(origin, 1))
        await dest.pull()
        await learn(dest, V2)
        await dest.newer.run()

        await say_cancelled(origin, 1)
        await dest.pull()

        assert {row["type"] for row in await dest.rows(replica)} == {V1, V2}

    async def test_of_a_type_never_heard_of_is_no_newer_version(
        self, origin: Hub, dest: Hub
    ) -> None:
        other = "orders.order-dreamt.v2"
        await learn(origin, other)
        await say(origin, replace(newer(origin, 1), type=other))
        await say_cancelled(origin, 1)

        await dest.pull()

        assert [row["reason"] for row in await dest.rows(set_aside)] == ["unknown-type"]
        assert len(await dest.rows(replica)) == 1


async def told(hub: Hub) -> list[tuple[str, str]]:
    """What this hub's services hear of the peer's orders: types and reasons, in order."""
    rows = await hub.rows(metadata.tables["outbox"])
    return [
        (loads(row["attributes"])["type"], loads(row["data"])["reason"])
        for row in rows
        if row["topic"] == f"{CN}.orders.events"
    ]
