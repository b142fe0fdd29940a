"""Several members of one group: only Kafka has them. Each partition has one owner at a time."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from shared.messaging.bus import TP, Batch, BusUnreachable, EventBus, InRecord
from tests.bus.places import SESSION_TIMEOUT_S, KafkaPlace, Place
from tests.bus.reading import PATIENCE_S, Reader, numbered, values


class Working:
    """A reader that polls in the background and keeps what it got."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.records: list[InRecord] = []
        self._task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        while True:
            for batch in await self.reader.poll(timeout=0.2):
                self.records += batch.records

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.reader.subscription.close()


class TestTwoMembers:
    async def test_share_the_partitions_and_lose_none_when_one_joins_or_leaves(
        self, kafka_place: KafkaPlace
    ) -> None:
        bus, second_bus = await kafka_place.bus(), await kafka_place.bus()
        topic = await kafka_place.topic_on(bus, partitions=4)
        group, everything = kafka_place.name(), {TP(topic, part) for part in range(4)}
        one = Working(Reader(bus, [topic], group, member="one"))
        await _until(lambda: one.reader.assigned == everything)
        await _publish_everywhere(bus, topic, range(10))
        await _until(lambda: len(one.records) == 40)

        # The positions are one database's: the second member finds what the first has stored.
        two = Working(Reader(second_bus, [topic], group, member="two"))
        two.reader.stored = one.reader.stored
        await _until(lambda: len(two.reader.assigned) == 2)
        await _until(lambda: one.reader.assigned == everything - two.reader.assigned)
        await _publish_everywhere(bus, topic, range(10, 20))
        await _until(lambda: len(one.records) + len(two.records) == 80)
        own = {TP(r.topic, r.partition) for r in two.records}
        await two.stop()
        await _until(lambda: one.reader.assigned == everything)
        await _publish_everywhere(bus, topic, range(20, 30))
        await _until(lambda: len(one.records) + len(two.records) == 120)

        assert own == two.reader.assigned
        for tp in everything:
            read = [r for r in two.records + one.records if r.partition == tp.partition]
            assert sorted(values(read)) == list(range(30))
        await one.stop()

    async def test_gets_its_partitions_back_without_a_rebalance_after_a_short_absence(
        self, kafka_place: KafkaPlace
    ) -> None:
        bus, second_bus = await kafka_place.bus(), await kafka_place.bus()
        topic = await kafka_place.topic_on(bus, partitions=2)
        group = kafka_place.name()
        one = Working(Reader(bus, [topic], group, member="one"))
        two = Working(Reader(second_bus, [topic], group, member="two"))
        await _until(lambda: len(one.reader.assigned) == len(two.reader.assigned) == 1)
        had, told = set(two.reader.assigned), len(one.reader.revoked)

        await two.stop()
        again = Working(Reader(second_bus, [topic], group, member="two"))
        await _until(lambda: again.reader.assigned == had)

        assert len(one.reader.revoked) == told
        await one.stop()
        await again.stop()


class TestRevocation:
    async def test_delivers_nothing_of_a_partition_after_on_revoke_returns(
        self, kafka_place: KafkaPlace
    ) -> None:
        bus, second_bus = await kafka_place.bus(), await kafka_place.bus()
        topic = await kafka_place.topic_on(bus, partitions=2)
        group = kafka_place.name()
        barrier = _Barrier(bus, topic, group)
        publishing = asyncio.create_task(_publish_for_ever(bus, topic))
        working = asyncio.create_task(barrier.work())
        await _until(lambda: barrier.delivered >= 100)

        two = Working(Reader(second_bus, [topic], group, member="two"))
        await _until(lambda: len(two.records) > 100)

        assert barrier.revocations > 0
        assert barrier.late == []
        for task in (publishing, working):
            task.cancel()
        await asyncio.gather(publishing, working, return_exceptions=True)
        await two.stop()

    async def test_raises_from_poll_what_on_revoke_raised(self, kafka_place: KafkaPlace) -> None:
        bus, second_bus = await kafka_place.bus(), await kafka_place.bus()
        topic = await kafka_place.topic_on(bus, partitions=2)
        group = kafka_place.name()
        reader = Reader(bus, [topic], group, member="one")

        async def fail(tps: set[TP]) -> None:
            raise LookupError("cannot let go")

        subscription = bus.subscribe(
            [topic], group, member="one", on_assign=reader.on_assign, on_revoke=fail
        )
        await _poll_until(subscription.poll, lambda: len(reader.assigned) == 2)
        two = Working(Reader(second_bus, [topic], group, member="two"))

        with pytest.raises(LookupError, match="cannot let go"):
            await _poll_until(subscription.poll, lambda: False)
        await two.stop()


class TestSlowHandler:
    async def test_keeps_its_partitions_when_it_is_slower_than_the_session(
        self, kafka_place: KafkaPlace
    ) -> None:
        bus = await kafka_place.bus()
        topic = await kafka_place.topic_on(bus)
        await bus.publish(numbered(topic, range(10)))
        reader = Reader(bus, [topic], kafka_place.name())
        assert values(await reader.take(10)) == list(range(10))

        await asyncio.sleep(SESSION_TIMEOUT_S + 2)  # what is tested is that this takes too long

        await bus.publish(numbered(topic, [10]))
        assert values(await reader.take(1)) == [10]
        await reader.subscription.ack({TP(topic, 0): 11})
        assert reader.revoked == []


class TestBrokerRestart:
    async def test_reads_on_after_the_broker_was_killed_and_came_back(
        self, frail_place: Place
    ) -> None:
        bus = await frail_place.bus()
        topic = await frail_place.topic_on(bus)
        await bus.publish(numbered(topic, [1]))
        grouped = Reader(bus, [topic], frail_place.name())
        alone = bus.read(TP(topic, 0), 0)
        assert values(await grouped.take(1)) == values(await _take_stubbornly(alone.poll)) == [1]

        async with frail_place.outage():
            assert await _poll_quietly(grouped.poll) == []
        async with asyncio.timeout(60):
            await bus.publish(numbered(topic, [2]))

        assert values(await _take_stubbornly(grouped.poll)) == [2]
        assert values(await _take_stubbornly(alone.poll)) == [2]


class _Barrier:
    """A member that notes every record it is given after its partition was revoked."""

    def __init__(self, bus: EventBus, topic: str, group: str) -> None:
        self.owned: set[TP] = set()
        self.stored: dict[TP, int] = {}
        self.delivered = 0
        self.revocations = 0
        self.late: list[InRecord] = []
        self._subscription = bus.subscribe(
            [topic], group, member="one", on_assign=self._gain, on_revoke=self._lose
        )

    async def work(self) -> None:
        while True:
            for batch in await self._subscription.poll(max_records=10):
                if batch.tp not in self.owned:
                    self.late += batch.records
                self.stored[batch.tp] = batch.next_offset
                self.delivered += len(batch.records)

    async def _gain(self, tps: set[TP]) -> dict[TP, int]:
        self.owned |= tps
        return {tp: self.stored[tp] for tp in tps if tp in self.stored}

    async def _lose(self, tps: set[TP]) -> None:
        self.owned -= tps
        self.revocations += 1


Poll = Callable[..., Awaitable[list[Batch]]]


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.02)


async def _poll_until(poll: Poll, condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await poll(timeout=0.1)


async def _poll_quietly(poll: Poll) -> list[InRecord]:
    """Poll for some seconds; an honest complaint that the broker is away is as good as nothing."""
    found: list[InRecord] = []
    for _ in range(4):
        try:
            found += [record for batch in await poll(timeout=0.5) for record in batch.records]
        except BusUnreachable:
            continue
    return found


async def _take_stubbornly(poll: Poll) -> list[InRecord]:
    async with asyncio.timeout(60):
        while True:
            if found := await _poll_quietly(poll):
                return found


async def _publish_everywhere(bus: EventBus, topic: str, numbers: range) -> None:
    for part in range(4):
        await bus.publish(numbered(topic, numbers, partition=part))


async def _publish_for_ever(bus: EventBus, topic: str) -> None:
    number = 0
    while True:
        for part in range(2):
            await bus.publish(numbered(topic, range(number, number + 20), partition=part))
        number += 20
        await asyncio.sleep(0.01)
