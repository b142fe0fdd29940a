"""What reading promises: positions are the caller's, order holds, nothing is skipped in silence."""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from datetime import timedelta
from random import Random

import pytest

from shared.messaging.bus import (
    TP,
    BusStopped,
    EventBus,
    NotAssigned,
    OffsetOutOfRange,
    TopicSpec,
)
from shared.messaging.sqlite import SqliteBus
from tests.bus.places import NOW, KafkaPlace, Place, SqlitePlace
from tests.bus.reading import Reader, a_record, numbered, take, values


class TestPosition:
    async def test_resumes_where_the_callers_database_says(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus, partitions=2)
        group = place.name()
        for part in (0, 1):
            await bus.publish(numbered(topic, range(10), partition=part))
        stored = {TP(topic, 0): 7, TP(topic, 1): 9}

        received = await Reader(bus, [topic], group, stored=stored).take(4)

        assert sorted((r.partition, r.offset) for r in received) == [(0, 7), (0, 8), (0, 9), (1, 9)]

    async def test_prefers_the_callers_position_to_the_groups(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus)
        group, tp = place.name(), TP(topic, 0)
        await bus.publish(numbered(topic, range(5)))
        first = Reader(bus, [topic], group)
        await first.take(5)
        await first.subscription.ack({tp: 5})
        await first.subscription.close()

        second = Reader(bus, [topic], group, stored={tp: 2})

        assert values(await second.take(3)) == [2, 3, 4]

    async def test_begins_at_the_end_for_a_reader_that_wants_only_news(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus)
        await bus.publish(numbered(topic, [1, 2]))
        reader = Reader(bus, [topic], place.name(), start="latest")
        await reader.until_assigned({TP(topic, 0)})

        await bus.publish(numbered(topic, [3]))

        assert values(await reader.take(1)) == [3]

    async def test_seeks_back_and_replays_the_same_bytes(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus)
        await bus.publish(numbered(topic, range(20)))
        reader = Reader(bus, [topic], place.name())
        first = await reader.take(20)

        await reader.subscription.seek(TP(topic, 0), 5)
        again = await reader.take(15)

        assert again == first[5:]
        with pytest.raises(NotAssigned):
            await reader.subscription.seek(TP(topic, 99), 0)

    async def test_lets_two_groups_read_independently(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus)
        await bus.publish(numbered(topic, range(6)))
        one, two = (Reader(bus, [topic], place.name()) for _ in range(2))

        assert values(await one.take(6)) == list(range(6))
        await bus.publish(numbered(topic, [6]))
        assert values(await two.take(7)) == list(range(7))
        assert values(await one.take(1)) == [6]

    async def test_raises_what_the_caller_raised_and_asks_it_again(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus)
        await bus.publish(numbered(topic, [1]))
        reader = Reader(bus, [topic], place.name())
        failures: Iterator[Exception] = iter([LookupError("the database is away")])
        subscription = bus.subscribe(
            [topic],
            place.name(),
            member="m1",
            on_assign=lambda tps: _raise_first(failures, reader.on_assign(tps)),
            on_revoke=reader.on_revoke,
        )

        with pytest.raises(LookupError):
            await take(subscription, 1)
        assert values(await take(subscription, 1)) == [1]


class TestFollowing:
    """Reading whole topics in no group, as one hub reads another's log."""

    async def test_goes_on_where_the_callers_database_says(self, place: Place) -> None:
        bus, other = await place.bus(), await place.bus(None)
        topic = await place.topic_on(bus, partitions=2)
        for part in (0, 1):
            await bus.publish(numbered(topic, range(5), partition=part))
        reader = Follower({TP(topic, 0): 3})

        subscription = other.follow([topic], on_assign=reader.on_assign)
        received = await take(subscription, 7)

        assert reader.assigned == {TP(topic, 0), TP(topic, 1)}
        assert sorted((r.partition, r.offset) for r in received) == [
            (0, 3),
            (0, 4),
            *((1, offset) for offset in range(5)),
        ]

    async def test_hears_a_topic_that_is_created_later(self, place: Place) -> None:
        owning, other = await place.bus(), await place.bus(None)
        early, late = await place.topic_on(owning), place.topic()
        await owning.publish(numbered(early, [1]))
        subscription = other.follow([early, late], on_assign=Follower().on_assign)
        assert values(await take(subscription, 1)) == [1]

        await owning.ensure_topics([TopicSpec(late, 2, None)])
        await owning.publish(numbered(late, [3], partition=1) + numbered(early, [2]))

        assert sorted(values(await take(subscription, 2))) == [2, 3]

    async def test_leaves_a_paused_partition_and_takes_it_up_where_it_was_sought(
        self, place: Place
    ) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus, partitions=2)
        for part in (0, 1):
            await bus.publish(numbered(topic, range(4), partition=part))
        subscription = bus.follow([topic], on_assign=Follower().on_assign)
        await take(subscription, 8)
        paused = TP(topic, 0)

        await subscription.seek(paused, 2)
        subscription.pause([paused])
        await bus.publish(numbered(topic, [9], partition=1))
        assert values(await take(subscription, 1)) == [9]
        subscription.resume([paused])

        assert [r.offset for r in await take(subscription, 2)] == [2, 3]


class Follower:
    """A caller of `follow` whose database is a dictionary."""

    def __init__(self, stored: Mapping[TP, int] | None = None) -> None:
        self._stored = dict(stored or {})
        self.assigned: set[TP] = set()

    async def on_assign(self, tps: set[TP]) -> Mapping[TP, int]:
        self.assigned |= tps
        return {tp: self._stored[tp] for tp in tps if tp in self._stored}


class TestWaiting:
    async def test_hears_a_topic_that_is_created_later(self, place: Place) -> None:
        reading, owning = await place.bus("permits"), await place.bus()
        early, late = await place.topic_on(owning), place.topic()
        reader = Reader(reading, [early, late], place.name())
        await reader.until_assigned({TP(early, 0)})

        await owning.ensure_topics([TopicSpec(late, 2, None)])
        await owning.publish(numbered(late, [1], partition=1) + numbered(early, [2]))

        assert sorted(values(await reader.take(2))) == [1, 2]
        assert reader.assigned == {TP(early, 0), TP(late, 0), TP(late, 1)}

    async def test_reads_one_partition_that_is_created_later(self, place: Place) -> None:
        reading = await place.bus("permits")
        topic = place.topic()
        subscription = reading.read(TP(topic, 0), 1)
        assert await subscription.poll(timeout=0.1) == []

        owning = await place.bus()
        await owning.ensure_topics([TopicSpec(topic, 1, None)])
        await owning.publish(numbered(topic, range(3)))

        assert values(await take(subscription, 2)) == [1, 2]

    async def test_returns_soon_after_something_is_published(self, place: Place) -> None:
        reading, owning = await place.bus(None), await place.bus()
        topic = await place.topic_on(owning)
        reader = Reader(reading, [topic], place.name())
        await reader.until_assigned({TP(topic, 0)})
        loop = asyncio.get_running_loop()

        waits = []
        for number in range(15):
            waiting = asyncio.create_task(reader.subscription.poll(timeout=5))
            await owning.publish(numbered(topic, [number]))
            published_at = loop.time()
            await waiting
            waits.append(loop.time() - published_at)

        assert sorted(waits)[7] < 0.1, f"half of the reads took longer: {sorted(waits)}"


class TestPause:
    async def test_lets_other_partitions_flow_and_loses_nothing(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus, partitions=2)
        held, open_ = TP(topic, 0), TP(topic, 1)
        reader = Reader(bus, [topic], place.name())
        await reader.until_assigned({held, open_})

        reader.subscription.pause([held])
        await bus.publish(numbered(topic, [1, 2], partition=0))
        await bus.publish(numbered(topic, [3, 4], partition=1))

        assert values(await reader.take(2)) == [3, 4]
        assert await reader.poll(timeout=0.3) == []
        reader.subscription.resume([held])
        assert values(await reader.take(2)) == [1, 2]

    async def test_outlasts_a_topic_that_is_added(self, place: Place) -> None:
        bus = await place.bus()
        held, late = await place.topic_on(bus), place.topic()
        reader = Reader(bus, [held, late], place.name())
        await reader.until_assigned({TP(held, 0)})
        reader.subscription.pause([TP(held, 0)])
        await bus.publish(numbered(held, [1]))

        await bus.ensure_topics([TopicSpec(late, 1, None)])
        await bus.publish(numbered(late, [2]))

        assert values(await reader.take(1)) == [2]
        assert await reader.poll(timeout=0.3) == []
        reader.subscription.resume([TP(held, 0)])
        assert values(await reader.take(1)) == [1]

    async def test_holds_back_what_was_fetched_before_the_pause(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus)
        await bus.publish(numbered(topic, range(50)))
        reader = Reader(bus, [topic], place.name())
        first = await reader.subscription.poll(max_records=10, timeout=20)
        while not first:
            first = await reader.subscription.poll(max_records=10, timeout=20)

        reader.subscription.pause([TP(topic, 0)])
        assert await reader.poll(timeout=0.3) == []
        reader.subscription.resume([TP(topic, 0)])

        assert values(first[0].records) == list(range(10))
        assert values(await reader.take(40)) == list(range(10, 50))


class TestPollInFlight:
    """A pause or a seek wins over what a poll is reading at that moment."""

    async def test_delivers_nothing_that_was_paused_meanwhile(self, place: Place) -> None:
        bus, reader, tp = await _reader_behind(place)

        polling = asyncio.create_task(reader.subscription.poll(timeout=0.2))
        await asyncio.sleep(0)
        reader.subscription.pause([tp])

        assert await polling == []
        reader.subscription.resume([tp])
        assert values(await reader.take(10)) == list(range(10))
        await bus.stop()

    async def test_goes_on_where_it_was_sought_meanwhile(self, place: Place) -> None:
        bus, reader, tp = await _reader_behind(place)

        polling = asyncio.create_task(reader.subscription.poll(timeout=20))
        await asyncio.sleep(0)
        await reader.subscription.seek(tp, 6)

        read = [record for batch in await polling for record in batch.records]
        assert values(read) == [6, 7, 8, 9]
        await bus.stop()


class TestBatch:
    async def test_never_mixes_partitions_and_keeps_to_the_limit(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus, partitions=3)
        for part in range(3):
            await bus.publish(numbered(topic, range(40), partition=part))
        reader = Reader(bus, [topic], place.name())

        seen: dict[TP, list[int]] = {}
        while sum(map(len, seen.values())) < 120:
            batches = await reader.subscription.poll(max_records=25)
            assert sum(len(batch.records) for batch in batches) <= 25
            for batch in batches:
                assert {TP(r.topic, r.partition) for r in batch.records} == {batch.tp}
                assert batch.next_offset == batch.records[-1].offset + 1
                seen.setdefault(batch.tp, []).extend(values(batch.records))

        assert seen == {TP(topic, part): list(range(40)) for part in range(3)}

    async def test_serves_a_quiet_partition_long_before_a_busy_one_ends(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus, partitions=2)
        noise = Random(1)
        for _ in range(6):  # 12 MB: several of the broker's fetches
            busy = [a_record(topic, noise.randbytes(2_000), partition=0) for _ in range(1_000)]
            await bus.publish(busy)
        await bus.publish(numbered(topic, [1], partition=1))
        reader = Reader(bus, [topic], place.name())

        served = {0: 0, 1: 0}
        while not served[1]:
            for batch in await reader.subscription.poll(max_records=100):
                served[batch.partition] += len(batch.records)

        assert served[0] <= 3_000


class TestBounds:
    async def test_says_exactly_what_is_held_and_what_is_left(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus, partitions=2)
        tps = {TP(topic, 0), TP(topic, 1)}
        assert await bus.bounds(tps) == dict.fromkeys(tps, (0, 0))
        await bus.publish(numbered(topic, range(7), partition=0))
        reader = Reader(bus, [topic], place.name())
        await reader.take(7)
        await bus.publish(numbered(topic, range(3), partition=0))
        await bus.publish(numbered(topic, range(2), partition=1))

        assert await bus.bounds(tps) == {TP(topic, 0): (0, 10), TP(topic, 1): (0, 2)}
        assert await reader.subscription.lag() == {TP(topic, 0): 3, TP(topic, 1): 2}
        batch = (await _first_batches(reader))[TP(topic, 0)]
        assert batch == (10, 10)
        await reader.subscription.seek(TP(topic, 1), 0)
        assert (await reader.subscription.lag())[TP(topic, 1)] == 2

    async def test_finds_the_first_offset_at_a_time(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus)
        times = [1_000, 3_000, 2_000, 5_000]
        await bus.publish([a_record(topic, ts_ms=1_700_000_000_000 + ts) for ts in times])
        tp = TP(topic, 0)

        found = [await bus.offset_at(tp, 1_700_000_000_000 + ts) for ts in (0, 1_000, 1_001, 3_001)]

        assert found == [0, 0, 1, 3]
        assert await bus.offset_at(tp, 1_700_000_005_001) is None


class TestOutOfRange:
    async def test_refuses_a_position_past_the_end(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus)
        await bus.publish(numbered(topic, range(3)))
        tp = TP(topic, 0)
        reader = Reader(bus, [topic], place.name(), stored={tp: 99})

        with pytest.raises(OffsetOutOfRange) as refused:
            await reader.take(1)

        assert (refused.value.offset, refused.value.low, refused.value.high) == (99, 0, 3)
        await reader.subscription.seek(tp, 1)
        assert values(await reader.take(2)) == [1, 2]

    async def test_refuses_a_position_below_what_kafka_still_holds(
        self, kafka_place: KafkaPlace
    ) -> None:
        bus = await kafka_place.bus()
        topic = await kafka_place.topic_on(bus)
        tp = TP(topic, 0)
        await bus.publish(numbered(topic, range(10)))
        await kafka_place.forget_before(tp, 6)

        await _is_refused_below(bus, kafka_place, tp, low=6, high=10)

    async def test_refuses_a_position_below_what_the_sqlite_log_still_holds(
        self, sqlite_place: SqlitePlace
    ) -> None:
        bus = await sqlite_place.bus()
        assert isinstance(bus, SqliteBus)
        topic = await sqlite_place.topic_on(bus, retention_s=3_600)
        await bus.publish(numbered(topic, range(6)))
        sqlite_place.clock.move(timedelta(hours=2))
        await bus.publish(numbered(topic, range(6, 10)))

        assert await bus.enforce_retention() == 6

        await _is_refused_below(bus, sqlite_place, TP(topic, 0), low=6, high=10)


class TestRetention:
    async def test_forgets_what_is_too_old_and_nothing_else(
        self, sqlite_place: SqlitePlace
    ) -> None:
        bus = await sqlite_place.bus()
        assert isinstance(bus, SqliteBus)
        short = await sqlite_place.topic_on(bus, partitions=2, retention_s=3_600)
        for_ever = await sqlite_place.topic_on(bus, retention_s=None)
        old_ms = int((NOW - timedelta(hours=2)).timestamp() * 1000)
        # More than one slice, so that the second is seen to be forgotten too.
        await bus.publish(numbered(short, range(2_500), partition=0, ts_ms=old_ms))
        await bus.publish(numbered(short, range(2_500, 2_510), partition=0))
        await bus.publish(numbered(for_ever, range(5), ts_ms=old_ms))

        assert await bus.enforce_retention() == 2_500
        assert await bus.enforce_retention() == 0

        assert await bus.bounds([TP(short, 0), TP(short, 1), TP(for_ever, 0)]) == {
            TP(short, 0): (2_500, 2_510),
            TP(short, 1): (0, 0),
            TP(for_ever, 0): (0, 5),
        }
        fresh = Reader(bus, [short], sqlite_place.name())
        assert values(await fresh.take(10)) == list(range(2_500, 2_510))
        await bus.publish(numbered(short, [2_510], partition=0))
        assert values(await fresh.take(1)) == [2_510]


class TestClose:
    async def test_delivers_nothing_more_and_ends_a_waiting_poll(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus)
        reader = Reader(bus, [topic], place.name())
        await reader.until_assigned({TP(topic, 0)})
        waiting = asyncio.create_task(reader.subscription.poll(timeout=30))
        await asyncio.sleep(0.1)  # until it has looked, found nothing, and waits

        await reader.subscription.close()
        await bus.publish(numbered(topic, [1]))

        async with asyncio.timeout(5):
            with pytest.raises(BusStopped):
                await waiting
        with pytest.raises(BusStopped):
            await reader.poll()


async def _reader_behind(place: Place) -> tuple[EventBus, Reader, TP]:
    """A reader that owns its partition and has not read the ten records in it."""
    bus = await place.bus()
    topic = await place.topic_on(bus)
    tp = TP(topic, 0)
    reader = Reader(bus, [topic], place.name())
    await reader.until_assigned({tp})
    reader.subscription.pause([tp])
    await bus.publish(numbered(topic, range(10)))
    reader.subscription.resume([tp])
    return bus, reader, tp


async def _raise_first(
    failures: Iterator[Exception], otherwise: Coroutine[None, None, Mapping[TP, int]]
) -> Mapping[TP, int]:
    for failure in failures:
        otherwise.close()
        raise failure
    return await otherwise


async def _first_batches(reader: Reader) -> dict[TP, tuple[int, int]]:
    """Poll until something comes; return next offset and high watermark per partition."""
    found: dict[TP, tuple[int, int]] = {}
    async with asyncio.timeout(20):
        while len(found) < 2:
            for batch in await reader.poll():
                found[batch.tp] = (batch.next_offset, batch.high_watermark)
    return found


async def _is_refused_below(bus: EventBus, place: Place, tp: TP, *, low: int, high: int) -> None:
    reader = Reader(bus, [tp.topic], place.name(), stored={tp: 2})
    for _ in range(2):
        with pytest.raises(OffsetOutOfRange) as refused:
            await reader.take(1)
        assert (refused.value.tp, refused.value.offset) == (tp, 2)
        assert (refused.value.low, refused.value.high) == (low, high)
    await reader.subscription.seek(tp, low)
    assert values(await reader.take(high - low)) == list(range(low, high))
    fresh = Reader(bus, [tp.topic], place.name())
    assert values(await fresh.take(high - low)) == list(range(low, high))
