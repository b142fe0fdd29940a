"""The road by Kafka: frames on the origin's cluster, read by the peer, whatever happens there."""

import random
import string
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from deploy.kafka.broker import Broker
from services.exchange.consumers.follower import Follower
from services.exchange.consumers.link import FEED_LOOK_S
from services.exchange.domain.frame import Frame
from services.exchange.domain.stream import Stream
from services.exchange.store.tables import frame, incoming, metadata, refused_frame
from services.exchange.usecases.shipper import HEADER, SIGNATURE
from shared.messaging.bus import OutRecord, PublishError
from shared.messaging.kafka_watch import STALL_S
from tests.component.exchange.hubs import CN, Hub, Wire, say_cancelled, two_hubs
from tests.real import Postgres

HEARD_WITHIN_S = 3 * STALL_S
"""Longer than a reader needs that stopped without a word and is replaced."""


class Road:
    """cn-hgh whose frames are on a real Kafka, and a peer that reads them there."""

    def __init__(self, origin: Hub, dest: Hub, wire: Wire) -> None:
        self.origin, self.dest, self.wire = origin, dest, wire
        self.stream = f"{CN}/{dest.name}/orders/0"
        self.topic = f"eroad.{dest.name}.orders.v1"
        follower = dest.link.follower
        assert follower is not None
        self.follower: Follower = follower
        dest.link.now = lambda: FEED_LOOK_S / 2  # the feed is asked only where a test wants it
        dest.link._looked_at = 0.0

    async def ship(self) -> int:
        assert self.origin.shipper is not None
        return await self.origin.shipper.ship()

    async def hear(self, *, until_seq: int) -> None:
        """Let the peer hear until its stream has come so far."""
        ends = time.monotonic() + HEARD_WITHIN_S
        while time.monotonic() < ends:
            await self.dest.link.hear()
            await self.dest.puller.give_receipts()
            if await self.seq() >= until_seq:
                return
        raise AssertionError(f"the stream stands at {await self.seq()}, not at {until_seq}")

    async def seq(self) -> int:
        rows = await self.dest.rows(incoming)
        return next((row["seq"] for row in rows if row["stream"] == self.stream), 0)

    async def stored(self) -> list[Frame]:
        rows = await self.origin.rows(frame)
        return [Frame(row["header"], row["signature"], row["value"]) for row in rows]

    async def put(self, frames: Sequence[Frame]) -> None:
        """Put frames on the log as they are, in this order."""
        await self.origin.service.bus.publish(
            [
                OutRecord(
                    self.topic,
                    self.stream.encode(),
                    each.value,
                    ((HEADER, each.header), (SIGNATURE, each.signature)),
                    0,
                )
                for each in frames
            ]
        )

    async def is_equal(self) -> bool:
        """Both ends hold the same, and nothing was told twice."""
        told = [r["event_id"] for r in await self.dest.rows(metadata.tables["outbox"])]
        ours, theirs = await self.origin.hashes("origin"), await self.dest.hashes("destination")
        return ours == theirs != {} and len(told) == len(set(told))


MakeRoad = Callable[[str], AbstractAsyncContextManager[Road]]


@pytest.fixture(params=["sqlite", "postgres"])
async def make_road(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MakeRoad]:
    names = [f"test_{uuid4().hex}" for _ in range(2)]
    urls = [f"sqlite+aiosqlite:///{tmp_path}/{name}.db" for name in ("cn", "dest")]
    postgres: Postgres | None = None
    if request.param == "postgres":
        postgres = request.getfixturevalue("postgres")
        urls = [postgres.url(name) for name in names]

    @asynccontextmanager
    async def make(kafka: str) -> AsyncIterator[Road]:
        # Topics are named after the peer, and the broker is shared by every test of the run.
        dest = "my-" + "".join(random.SystemRandom().choices(string.ascii_lowercase, k=3))
        async with two_hubs(urls=urls, directory=tmp_path, dest=dest, kafka=kafka) as both:
            bus = both[0].service.bus
            await bus.start()
            try:
                own = [t for t in both[0].service.topics if t.name.startswith("eroad.")]
                await bus.ensure_topics(own)
                road = Road(*both)
                yield road
                await road.follower.close()
            finally:
                await bus.stop()

    yield make
    if postgres is not None:
        for name in names:
            postgres.drop(name)


@pytest.fixture
async def road(make_road: MakeRoad, kafka: str) -> AsyncIterator[Road]:
    async with make_road(kafka) as made:
        yield made


class TestKafka:
    async def test_carries_frames_without_the_feed_and_receipts_back(self, road: Road) -> None:
        await say_cancelled(road.origin, 1, 2)
        await say_cancelled(road.origin, 3)

        assert await road.ship() == 2
        await road.hear(until_seq=3)

        assert await road.is_equal()
        assert road.wire.carried == []
        assert all(row["receipt"] for row in await road.origin.rows(frame))
        assert await road.ship() == 0

    async def test_is_read_on_at_the_stored_position(self, road: Road) -> None:
        await say_cancelled(road.origin, 1)
        await road.ship()
        await road.hear(until_seq=1)
        await road.follower.close()
        await say_cancelled(road.origin, 2)
        await road.ship()

        await road.hear(until_seq=2)

        assert (await road.dest.rows(incoming))[0]["log_offset"] == 2
        assert road.follower.taker.decided == {"apply": 2}

    async def test_is_noted_as_read_where_it_says_again_what_was_done(self, road: Road) -> None:
        await say_cancelled(road.origin, 1)
        done = await road.stored()
        await road.put(done)
        await road.hear(until_seq=1)
        await road.put(done * 2)

        while road.follower.taker.decided.get("duplicate", 0) < 2:
            assert (await road.follower.follow(wait_s=1.0)).clean

        assert (await road.dest.rows(incoming))[0]["log_offset"] == 3

    async def test_may_hold_every_frame_twice_and_in_any_order(self, road: Road) -> None:
        for number in range(1, 7):
            await say_cancelled(road.origin, number)
        twice = await road.stored() * 2
        random.Random(7).shuffle(twice)

        await road.put(twice)
        await road.hear(until_seq=6)

        assert await road.is_equal()

    async def test_may_have_forgotten_what_the_feed_still_has(self, road: Road) -> None:
        for number in range(1, 5):
            await say_cancelled(road.origin, number)
        await road.ship()
        admin = AIOKafkaAdminClient(
            bootstrap_servers=road.origin.service.bus._connection["bootstrap_servers"]  # type: ignore[attr-defined]
        )
        await admin.start()
        await admin.delete_records({TopicPartition(road.topic, 0): RecordsToDelete(3)})
        await admin.close()

        await road.hear(until_seq=4)

        assert await road.is_equal()

    async def test_that_holds_a_damaged_frame_is_evidence_and_the_true_one_is_fetched(
        self, road: Road
    ) -> None:
        for number in range(1, 4):
            await say_cancelled(road.origin, number)
        first, second, third = await road.stored()
        broken = second._replace(value=second.value[:-1] + bytes([second.value[-1] ^ 1]))

        await road.put([first, broken, third])
        await road.hear(until_seq=3)

        assert await road.is_equal()
        [evidence] = await road.dest.rows(refused_frame)
        assert bytes(evidence["value"]) == broken.value

    async def test_may_hold_frames_of_an_epoch_that_has_ended(self, road: Road) -> None:
        await say_cancelled(road.origin, 1)
        await say_cancelled(road.origin, 2)
        await road.ship()
        async with road.dest.store.transaction() as tx:
            await tx.incoming.end_epochs(Stream.of_key(road.stream), before=2, framed=1)

        await road.hear(until_seq=1)
        await road.dest.link.hear()

        [stands] = await road.dest.rows(incoming)
        assert (stands["seq"], stands["stop_reason"]) == (1, "lower-epoch")
        assert stands["frozen_at"] is None

    async def test_of_a_suspended_peer_gets_no_frame(self, road: Road) -> None:
        await say_cancelled(road.origin, 1)
        await road.origin.post(f"/v1/peers/{road.dest.name}/suspend")

        assert await road.ship() == 0

    async def test_and_feed_may_be_changed_for_each_other_at_any_moment(self, road: Road) -> None:
        path = f"/v1/peers/{CN}/transport"
        for number, way in enumerate(("kafka", "feed", "kafka", "feed", "kafka"), 1):
            chosen = await road.dest.post(path, {"transport": way})
            assert chosen.json()["transport"] == way
            await say_cancelled(road.origin, number)
            await road.ship()

            await road.hear(until_seq=number)

        assert await road.is_equal()
        assert [row["stream"] for row in await road.dest.rows(incoming)] == [road.stream]

    async def test_whose_tail_is_lost_is_made_good_by_the_feed(self, road: Road) -> None:
        await say_cancelled(road.origin, 1)
        road.dest.link.now = lambda: FEED_LOOK_S * 2

        await road.hear(until_seq=1)

        assert await road.is_equal()


class TestOutage:
    async def test_of_the_broker_loses_nothing_and_the_feed_stands_in(
        self, make_road: MakeRoad, own_kafka: Callable[[], Broker]
    ) -> None:
        broker = own_kafka()
        async with make_road(broker.bootstrap) as road:
            await say_cancelled(road.origin, 1)
            await road.ship()
            await road.hear(until_seq=1)
            broker.kill()
            await say_cancelled(road.origin, 2)
            with pytest.raises(PublishError):
                await road.origin.service.bus.publish(
                    [OutRecord(road.topic, b"", b"", (), 0)], timeout=1
                )
            road.follower._heard_at = -100.0

            await road.hear(until_seq=2)
            broker.restart()
            await say_cancelled(road.origin, 3)
            await road.ship()
            road.follower._heard_at = -100.0
            await road.hear(until_seq=3)

            assert await road.is_equal()
