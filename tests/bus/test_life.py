"""A bus begins and ends in order: what was published is out, and nothing is left running."""

import asyncio
import gc
import threading
import time

import pytest

from shared.messaging.bus import TP, BusStopped, NotOwner, PublishError, TopicSpec
from tests.bus.places import KafkaPlace, Place, SqlitePlace
from tests.bus.reading import Reader, a_record, numbered, take, values

CATCH_UP_RECORDS = 100_000
CATCH_UP_S_MAX = 30.0


class TestStop:
    async def test_finishes_what_is_being_published(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus)
        publishing = [
            asyncio.create_task(bus.publish(numbered(topic, range(n * 50, n * 50 + 50))))
            for n in range(20)
        ]
        await asyncio.sleep(0)

        await bus.stop()

        positions = [position for done in publishing for position in await done]
        reading = await place.bus(None)
        received = values(await take(reading.read(TP(topic, 0), 0), 1_000))
        assert [received[position.offset] for position in positions] == list(range(1_000))

    async def test_leaves_no_task_and_no_thread(
        self, place: Place, recwarn: pytest.WarningsRecorder
    ) -> None:
        before, others = asyncio.all_tasks(), set(threading.enumerate())
        bus = await place.bus()
        topic = await place.topic_on(bus, partitions=2)
        await bus.publish(numbered(topic, range(10)))
        reader = Reader(bus, [topic], place.name())
        await reader.take(10)
        await take(bus.read(TP(topic, 1), 0), (await bus.bounds([TP(topic, 1)]))[TP(topic, 1)][1])
        waiting = asyncio.create_task(reader.subscription.poll(timeout=30))

        await bus.stop()

        with pytest.raises(BusStopped):
            await waiting
        assert asyncio.all_tasks() == before
        gc.collect()
        assert [str(w.message) for w in recwarn if "nclosed" in str(w.message)] == []
        async with asyncio.timeout(5):
            while any(t.name.startswith("bus-") for t in set(threading.enumerate()) - others):
                await asyncio.sleep(0.01)

    async def test_refuses_all_work_afterwards_and_may_be_repeated(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus)
        await bus.stop()
        await bus.stop()

        for refused in (
            bus.publish([a_record(topic)]),
            bus.bounds([TP(topic, 0)]),
            bus.ensure_topics([TopicSpec(topic, 1, None)]),
        ):
            with pytest.raises(BusStopped):
                await refused
        with pytest.raises(BusStopped):
            bus.read(TP(topic, 0), 0)
        assert not (await bus.health()).ok

    async def test_can_be_started_again(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus)
        await bus.publish(numbered(topic, [1]))
        await bus.stop()

        await bus.start()
        await bus.publish(numbered(topic, [2]))

        assert values(await take(bus.read(TP(topic, 0), 0), 2)) == [1, 2]


class TestHealth:
    async def test_is_well_while_the_log_answers_and_ill_while_not(
        self, frail_place: Place
    ) -> None:
        bus = await frail_place.bus()
        assert (await bus.health()).ok
        if isinstance(frail_place, KafkaPlace):
            async with frail_place.outage():
                assert not (await bus.health()).ok
            assert (await bus.health()).ok

    async def test_is_ill_once_another_has_taken_over(self, sqlite_place: SqlitePlace) -> None:
        stale = await sqlite_place.bus()
        await sqlite_place.bus()

        assert not (await stale.health()).ok


class TestCancelledPublish:
    async def test_harms_neither_the_next_nor_its_neighbours(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus)
        neighbour = asyncio.create_task(bus.publish(numbered(topic, [1])))
        cancelled = asyncio.create_task(bus.publish(numbered(topic, [2])))
        await asyncio.sleep(0)

        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled

        # On Kafka the neighbour may be refused: they share a producer, and it was given up.
        outcome = (await asyncio.gather(neighbour, return_exceptions=True))[0]
        assert not isinstance(outcome, PublishError) or outcome.retriable
        await bus.publish(numbered(topic, [3]))
        end = (await bus.bounds([TP(topic, 0)]))[TP(topic, 0)][1]
        assert values(await take(bus.read(TP(topic, 0), 0), end))[-1] == 3


class TestOwnership:
    async def test_lets_only_the_owner_create_and_write(self, sqlite_place: SqlitePlace) -> None:
        owner, other = await sqlite_place.bus(), await sqlite_place.bus("permits")
        reading = await sqlite_place.bus(None)
        topic = await sqlite_place.topic_on(owner)

        with pytest.raises(NotOwner):
            await other.ensure_topics([TopicSpec(topic, 1, None)])
        with pytest.raises(NotOwner):
            await reading.publish([a_record(topic)])
        with pytest.raises(PublishError):
            await other.publish([a_record(topic)])


class TestCatchUp:
    async def test_reads_a_hundred_thousand_records_in_time(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus, partitions=4)
        for first in range(0, CATCH_UP_RECORDS, 2_000):
            keyed = [a_record(topic, key=str(n).encode()) for n in range(first, first + 2_000)]
            await bus.publish(keyed)
        reader = Reader(bus, [topic], place.name())

        started = time.monotonic()
        await reader.take(CATCH_UP_RECORDS)

        assert time.monotonic() - started < CATCH_UP_S_MAX
        assert set((await reader.subscription.lag()).values()) == {0}
