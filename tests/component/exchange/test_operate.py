"""What operators do and see: records replayed in order, streams thawed, gauges that tell."""

import prometheus_client as prometheus
import pytest
from msgspec.structs import replace

from services.exchange.domain.frame import build_frame
from services.exchange.domain.line import line_of
from services.exchange.domain.stream import Stream, StreamPosition
from services.exchange.store.tables import metadata, replica, set_aside
from services.exchange.timers import RoadGauges
from shared.contracts.event import Envelope
from tests.builders.eroad import resigned
from tests.builders.running import NOON
from tests.component.exchange.hubs import (
    CN,
    MY,
    ORDERS,
    Hub,
    Wire,
    cancelled,
    order_id,
    say_cancelled,
)

WRONG = b'{"order_id": 7}'


def said(origin: Hub, number: int, *, data: bytes | None = None) -> Envelope:
    """That an order was cancelled, with data that may fit no schema."""
    envelope = origin.envelope(cancelled(number), key=order_id(number))
    return envelope if data is None else replace(envelope, data=data)


async def bring(origin: Hub, dest: Hub, wire: Wire, *envelopes: Envelope) -> None:
    """Let one frame over these events arrive, signed by the origin's true key."""
    await say_cancelled(origin, 99)
    crafted, _ = build_frame(
        [line_of(envelope) for envelope in envelopes],
        stream=Stream(CN, MY, "orders"),
        after=StreamPosition(),
        schema_set="crafted",
        key=origin.key,
        now=NOON,
    )
    wire.alter = lambda frames: [crafted]
    await dest.pull()


def allow_anything(dest: Hub) -> None:
    """Mend what the check looks at: from now on every shape of a cancelled order is taken."""
    rules = dest.service.app.state.road.agreements.rules()
    name = cancelled().wire_name
    rules[name] = type(rules[name])(validate=lambda data: None, guard=rules[name].guard)


class TestRecordSetAside:
    async def test_halts_its_subject_and_no_other(self, origin: Hub, dest: Hub, wire: Wire) -> None:
        await bring(
            origin, dest, wire, said(origin, 1, data=WRONG), said(origin, 1), said(origin, 2)
        )

        aside = [(row["seq"], row["reason"]) for row in await dest.rows(set_aside)]
        assert aside == [(1, "schema"), (2, "behind-another")]
        assert [row["subject"] for row in await dest.rows(replica)] == [order_id(2)]

    async def test_is_replayed_unchanged_with_those_behind_it_in_order(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        first, second = said(origin, 1, data=WRONG), said(origin, 1)
        await bring(origin, dest, wire, first, second)
        allow_anything(dest)
        [waiting, _] = (await dest.http.get("/v1/set-aside")).json()["items"]

        reply = await dest.post(f"/v1/set-aside/{waiting['id']}/replay")

        assert reply.json() == {"replayed": 2}
        outbox = await dest.rows(metadata.tables["outbox"])
        told = [row["event_id"] for row in outbox if row["topic"] == f"{CN}.orders.events"]
        assert told == [first.id, second.id]
        [kept] = await dest.rows(replica)
        assert (kept["seq"], kept["event_id"]) == (2, second.id)
        assert (await dest.http.get("/v1/set-aside")).json()["items"] == []
        again = await dest.post(f"/v1/set-aside/{waiting['id']}/replay")
        assert (again.status_code, again.json()["code"]) == (404, "exchange.record-not-waiting")

    async def test_that_still_fails_is_refused_again_and_waits_on(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        await bring(origin, dest, wire, said(origin, 1, data=WRONG))
        [waiting] = (await dest.http.get("/v1/set-aside")).json()["items"]

        reply = await dest.post(f"/v1/set-aside/{waiting['id']}/replay")

        assert (reply.status_code, reply.json()["code"]) == (409, "exchange.still-refused")
        assert len((await dest.http.get("/v1/set-aside")).json()["items"]) == 1


class TestFrozenStream:
    async def test_is_shown_and_thawed_by_an_operator(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        await say_cancelled(origin, 1)
        await dest.pull()
        other = resigned(wire.carried[0], key=origin.key, schema_set="another")
        wire.alter = lambda frames: [other]
        await dest.pull()
        wire.alter = list
        [shown] = (await dest.http.get("/v1/streams")).json()
        assert (shown["frozen"], shown["stop_reason"]) == (True, "fork")

        thawed = await dest.post("/v1/streams/thaw", {"stream": ORDERS})
        again = await dest.post("/v1/streams/thaw", {"stream": ORDERS})

        assert thawed.json() == {"stream": ORDERS}
        assert again.status_code == 404
        await say_cancelled(origin, 2)
        await dest.pull()
        assert await dest.hashes("destination") == await origin.hashes("origin")


class TestGauges:
    @pytest.fixture
    def registry(self) -> prometheus.CollectorRegistry:
        return prometheus.CollectorRegistry()

    async def test_tell_what_waits_and_what_stands_still(
        self, origin: Hub, dest: Hub, wire: Wire, registry: prometheus.CollectorRegistry
    ) -> None:
        await bring(origin, dest, wire, said(origin, 1, data=WRONG))
        await say_cancelled(origin, 2)
        wire.alter = list  # the true frame does not follow the crafted one
        await dest.pull()

        await RoadGauges(origin.store, registry).show()
        theirs = prometheus.CollectorRegistry()
        await RoadGauges(dest.store, theirs).show()

        out = {"stream": ORDERS, "role": "origin"}
        into = {"stream": ORDERS, "role": "destination"}
        assert registry.get_sample_value("eroad_stream_seq", out) == 2
        assert registry.get_sample_value("eroad_lag_events", out) == 2
        assert theirs.get_sample_value("eroad_stream_seq", into) == 1
        assert theirs.get_sample_value("eroad_set_aside", into) == 1
        assert theirs.get_sample_value("eroad_stream_stopped", into) == 1
