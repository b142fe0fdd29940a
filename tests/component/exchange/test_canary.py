"""Canaries go out and come back by the road itself; what does not come back shows."""

from datetime import timedelta

from prometheus_client import generate_latest

from services.exchange.store.tables import canary, metadata, outgoing
from services.exchange.timers import PeerGauges, RoadGauges
from services.exchange.usecases.canary import LOST_AFTER, send_canaries
from shared.contracts.exchange.events import CanaryReturned, CanarySent
from shared.contracts.registry import topic_of
from shared.kernel.clock import FixedClock
from shared.messaging.bus import Batch, InRecord
from shared.messaging.cloudevents import stored_record
from tests.builders.running import NOON
from tests.component.exchange.hubs import CN, MY, Hub, Wire, say_cancelled

EVERY = timedelta(seconds=60)


async def send(hub: Hub) -> int:
    """Let a hub's timer send its canaries, and close their frame."""
    taker = hub.puller.taker
    async with hub.store.transaction() as tx:
        sent = await send_canaries(
            tx, peers={taker.peer.hub: taker.peer}, agreements=taker.agreements, every=EVERY
        )
    await hub.close()
    return sent


async def hear(hub: Hub, peer: str, *, times: int = 1) -> None:
    """Let a hub hear what its outbox tells it of the peer's road, and close the frames of it."""
    topic = topic_of("exchange", origin=peer)
    rows = [r for r in await hub.rows(metadata.tables["outbox"]) if r["topic"] == topic]
    records = []
    for row in rows:
        out = stored_record(row["topic"], row["key"], row["attributes"], row["data"])
        records.append(InRecord(topic, out.key, out.value, out.headers, 0, 0, row["id"]))
    for _ in range(times):
        end = records[-1].offset + 1
        await hub.service.consumer.handle(Batch(topic, 0, records, end, end))
    await hub.close()


async def round_trip(origin: Hub, dest: Hub, *, times: int = 1) -> None:
    await dest.pull()
    await hear(dest, CN, times=times)
    await origin.pull()
    await hear(origin, MY, times=times)


def wait(hub: Hub, by: timedelta) -> None:
    clock = hub.store.clock
    assert isinstance(clock, FixedClock)
    clock.move(by)


async def shown(hub: Hub) -> dict[str, object]:
    [state] = (await hub.http.get("/v1/peers")).json()
    found: dict[str, object] = state
    return found


def metrics(hub: Hub) -> str:
    return generate_latest(hub.service.metrics.registry).decode()


async def gauges(hub: Hub) -> str:
    for loop in hub.service.loops:
        owner = getattr(loop, "__self__", None)
        if isinstance(owner, PeerGauges | RoadGauges):
            await owner.show()
    return metrics(hub)


class TestCanary:
    async def test_goes_out_and_comes_back(self, origin: Hub, dest: Hub) -> None:
        assert await send(origin) == 1
        out = await shown(origin)
        wait(origin, timedelta(milliseconds=1500))

        await round_trip(origin, dest)

        assert out["canary_out_since"] == NOON.isoformat().replace("+00:00", "Z")
        back = await shown(origin)
        assert (back["canary_out_since"], back["canary_round_trip_ms"]) == (None, 1500)
        assert await dest.rows(canary) == []

    async def test_told_twice_is_answered_once(self, origin: Hub, dest: Hub) -> None:
        await send(origin)

        await round_trip(origin, dest, times=2)

        assert await dest.numbers(f"{MY}/{CN}/exchange/0") == [1]
        assert (await shown(origin))["canary_round_trip_ms"] == 0

    async def test_is_followed_by_the_next_a_minute_later(self, origin: Hub, dest: Hub) -> None:
        await send(origin)
        await round_trip(origin, dest)

        assert await send(origin) == 0
        wait(origin, EVERY)
        assert await send(origin) == 1

        await round_trip(origin, dest)
        assert [row["number"] for row in await origin.rows(canary)] == [2]
        assert (await shown(origin))["canary_out_since"] is None

    async def test_that_is_not_back_is_followed_by_none_until_it_is_lost(self, origin: Hub) -> None:
        await send(origin)
        wait(origin, EVERY * 5)
        assert await send(origin) == 0
        assert 'eroad_canary_out_seconds{peer="my-kul"} 300.0' in await gauges(origin)

        wait(origin, LOST_AFTER)
        assert await send(origin) == 1

    async def test_of_before_is_no_longer_welcome_once_it_was_given_up(
        self, origin: Hub, dest: Hub
    ) -> None:
        await send(origin)
        await dest.pull()
        await hear(dest, CN)
        wait(origin, LOST_AFTER)
        await send(origin)

        await origin.pull()
        await hear(origin, MY)

        [out] = await origin.rows(canary)
        assert (out["number"], out["returned_at"]) == (2, None)

    async def test_goes_to_no_suspended_peer(self, origin: Hub) -> None:
        await origin.post(f"/v1/peers/{MY}/suspend")

        assert await send(origin) == 0
        assert await origin.rows(outgoing) == []

    async def test_is_for_nobody_else(self, origin: Hub, dest: Hub) -> None:
        await send(origin)
        await dest.pull()

        [row] = await dest.rows(metadata.tables["replica"])
        assert row["type"] == CanarySent.wire_name
        assert row["subject"] == f"{CN}/{MY}"
        assert {CanarySent.service(), CanaryReturned.service()} == {"exchange"}


class TestGauges:
    async def test_say_whether_the_peer_has_signed_for_all(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        equal = 'eroad_heads_equal{role="origin",stream="cn-hgh/my-kul/orders/0"}'
        await say_cancelled(origin, 1)
        assert f"{equal} 0.0" in await gauges(origin)

        await dest.pull()
        assert f"{equal} 1.0" in await gauges(origin)

    async def test_say_where_records_are_missing(self, origin: Hub, dest: Hub, wire: Wire) -> None:
        gap = 'eroad_gap_open{role="destination",stream="cn-hgh/my-kul/orders/0"}'
        for number in (1, 2):
            await say_cancelled(origin, number)
        wire.alter = lambda frames: frames[1:]
        await dest.pull()
        assert f"{gap} 1.0" in await gauges(dest)

        wire.alter = list
        await dest.pull()
        assert f"{gap} 0.0" in await gauges(dest)

    async def test_say_how_long_a_peers_keys_hold(self, rooted: tuple[Hub, Hub, Wire]) -> None:
        cn, _, _ = rooted
        before = await gauges(cn)
        assert await cn.ask_document()

        assert 'eroad_keys_valid_seconds{peer="my-kul"} 0.0' in before
        until = (await shown(cn))["keys_valid_until"]
        assert until is not None
        assert 'eroad_keys_valid_seconds{peer="my-kul"} 0.0' not in await gauges(cn)
