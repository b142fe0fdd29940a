"""The relay: whom it blames for a refusal, what two at once do to order, topics that are gone."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from shared.db.tables import messaging_tables
from shared.db.tx import Store, Tx
from shared.kernel.clock import FixedClock
from shared.messaging.bus import Batch, InRecord, OutRecord, PublishError, UnknownTopic
from shared.messaging.consumer import Consumer, on
from shared.messaging.relay import ATTEMPTS_MAX, Relay
from tests.builders.notes import NoteWritten, metadata, notes_store, on_note_written, texts

CLOCK = FixedClock(datetime(2026, 9, 1, 12, tzinfo=UTC))


class Log:
    """A bus that keeps what it is given, refuses some values, and can be held up."""

    def __init__(self) -> None:
        self.records: list[OutRecord] = []
        self.refused: set[bytes] = set()
        self.topics = True
        self.gate = asyncio.Event()
        self.gate.set()

    async def publish(self, records: Sequence[OutRecord]) -> list[Any]:
        if not self.topics:
            raise UnknownTopic("orders.events", failed=range(len(records)))
        await self.gate.wait()
        if any(record.value in self.refused for record in records):
            # Like Kafka: the broker refuses a batch whole, whichever record it was.
            failed = range(len(records))
            raise PublishError("batch too large", retriable=False, failed=failed)
        self.records += records
        return []

    def keys(self) -> list[str]:
        return [(record.key or b"").decode() for record in self.records]


@pytest.fixture
async def store(empty_database_url: str) -> AsyncIterator[Store[Tx]]:
    made = await notes_store(empty_database_url, CLOCK)
    yield made
    await made.database.stop()


def relay_to(store: Store[Tx], log: Log, **options: Any) -> Relay:
    bus: Any = log
    return Relay(store, bus, **options)


async def say(store: Store[Tx], *notes: str, key: str = "") -> None:
    """Write one event per text, each about an aggregate named after it unless told otherwise."""
    for text in notes:
        async with store.transaction() as tx:
            await tx.emit(NoteWritten(text=text), key=key or text)


async def dead(store: Store[Tx]) -> list[str]:
    table = messaging_tables(metadata).outbox_dead
    async with store.database.reading() as connection:
        return [row.key for row in await connection.execute(select(table.c.key))]


class TestRefusal:
    async def test_blames_the_one_record_and_not_those_sent_with_it(self, store: Store[Tx]) -> None:
        log = Log()
        log.refused = {b'{"text":"bad"}'}
        relay = relay_to(store, log)
        await say(store, "before", "bad", "after")

        for _ in range(ATTEMPTS_MAX + 1):
            await relay.pump()

        assert log.keys() == ["before", "after"]
        assert await dead(store) == ["bad"]
        assert await relay.waiting() == 0

    async def test_lets_nothing_overtake_the_refused_record_while_it_is_tried(
        self, store: Store[Tx]
    ) -> None:
        log = Log()
        log.refused = {b'{"text":"bad"}'}
        relay = relay_to(store, log)
        await say(store, "bad", "later", key="one aggregate")

        await relay.pump()
        refused_first, log.refused = log.keys(), set()
        await relay.pump()

        assert refused_first == []
        assert [record.value for record in log.records] == [
            b'{"text":"bad"}',
            b'{"text":"later"}',
        ]

    async def test_of_a_topic_that_is_gone_blames_no_record_and_makes_it_again(
        self, store: Store[Tx]
    ) -> None:
        log = Log()
        log.topics = False

        async def make_topics() -> None:
            log.topics = True

        relay = relay_to(store, log, make_topics=make_topics)
        await say(store, "kept")
        for _ in range(ATTEMPTS_MAX + 1):
            with pytest.raises(UnknownTopic):
                await relay.pump()

        running = asyncio.create_task(relay.run())
        async with asyncio.timeout(30):
            while not log.records:
                await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

        assert log.keys() == ["kept"]
        assert await dead(store) == []


class TestTwoRelays:
    async def test_that_overlap_make_duplicates_and_never_another_order(
        self, store: Store[Tx]
    ) -> None:
        """Why no fence is wired: a relay that lost its lead mid-batch can only repeat."""
        slow_log, log = Log(), Log()
        slow_log.records = log.records
        slow_log.gate.clear()
        await say(store, "1", "2", "3", key="one aggregate")
        late = asyncio.create_task(relay_to(store, slow_log).pump())
        await asyncio.sleep(0.2)
        await relay_to(store, log).pump()
        await say(store, "4", key="one aggregate")
        await relay_to(store, log).pump()
        slow_log.gate.set()
        await late

        bus: Any = log
        consumer = Consumer(store, bus, [on(NoteWritten, on_note_written)], peers=())
        records = [
            InRecord(each.topic, each.key, each.value, each.headers, 0, 0, offset)
            for offset, each in enumerate(log.records)
        ]
        await consumer.handle(Batch("orders.events", 0, records, len(records), len(records)))

        assert len(records) == 7
        assert await texts(store) == ["1", "2", "3", "4"]
