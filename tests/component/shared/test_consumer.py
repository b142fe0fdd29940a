"""The consumer: effects exactly once, order per key, nothing lost and nothing skipped silently."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from shared.contracts.event import Envelope
from shared.db.tables import messaging_tables
from shared.db.tx import Store, Tx
from shared.kernel.clock import FixedClock
from shared.kernel.errors import Unavailable
from shared.kernel.ids import TimeOrderedIds
from shared.messaging.bus import TP, Batch, BusStopped, InRecord
from shared.messaging.cloudevents import record_of
from shared.messaging.consumer import Consumer, on
from shared.messaging.quarantine import QuarantinedRecordMissing
from tests.builders.notes import (
    NoteRefused,
    NoteWritten,
    metadata,
    notes_store,
    on_note_written,
    texts,
)

CLOCK = FixedClock(datetime(2026, 9, 1, 12, tzinfo=UTC))
IDS = TimeOrderedIds("my-kul", CLOCK)
TOPIC = "orders.events"


class NoBus:
    """Consumers under test are handed their batches, so their bus is never asked."""


@pytest.fixture
async def store(empty_database_url: str) -> AsyncIterator[Store[Tx]]:
    made = await notes_store(empty_database_url, CLOCK)
    yield made
    await made.database.stop()


@pytest.fixture
def consumer(store: Store[Tx]) -> Consumer:
    bus: Any = NoBus()
    return Consumer(store, bus, [on(NoteWritten, on_note_written)], peers=())


@pytest.fixture
def batch() -> Callable[..., Batch]:
    """Makes batches of the one partition, offsets counting on."""
    offsets = itertools.count()

    def made(*envelopes: Envelope) -> Batch:
        records = []
        for envelope in envelopes:
            out = record_of(envelope, TOPIC)
            records.append(InRecord(TOPIC, out.key, out.value, out.headers, 0, 0, next(offsets)))
        end = records[-1].offset + 1
        return Batch(TOPIC, 0, records, end, end)

    return made


def written(text: str, *, key: str = "a", wire: str = NoteWritten.wire_name) -> Envelope:
    return Envelope(
        id=IDS.new("evt"),
        source="hub:my-kul/orders",
        type=wire,
        subject=key,
        time=CLOCK.now().isoformat(),
        hub="my-kul",
        data=NoteWritten(text=text).model_dump_json().encode(),
    )


async def quarantined(store: Store[Tx]) -> list[tuple[int, str, str]]:
    table = messaging_tables(metadata).quarantine
    async with store.database.reading() as connection:
        rows = await connection.execute(
            select(table).where(table.c.replayed_at.is_(None)).order_by(table.c.id)
        )
        return [(row.id, row.reason, row.detail) for row in rows]


async def position(store: Store[Tx]) -> int | None:
    table = messaging_tables(metadata).position
    async with store.database.reading() as connection:
        return await connection.scalar(select(table.c.next_offset))


async def said(store: Store[Tx]) -> int:
    table = messaging_tables(metadata).outbox
    async with store.database.reading() as connection:
        return int(await connection.scalar(select(func.count()).select_from(table)) or 0)


class TestDelivery:
    async def test_an_event_delivered_twice_has_one_effect(
        self, consumer: Consumer, store: Store[Tx], batch: Callable[..., Batch]
    ) -> None:
        envelope = written("once")

        await consumer.handle(batch(envelope, envelope))
        await consumer.handle(batch(envelope))

        assert await texts(store) == ["once"]
        assert await said(store) == 1
        assert await position(store) == 3

    async def test_a_type_nobody_listens_to_is_passed_over(
        self, consumer: Consumer, store: Store[Tx], batch: Callable[..., Batch]
    ) -> None:
        await consumer.handle(batch(written("x", wire="orders.other.v1"), written("y")))

        assert await texts(store) == ["y"]
        assert await quarantined(store) == []

    async def test_a_record_that_is_no_event_is_set_aside(
        self, consumer: Consumer, store: Store[Tx], batch: Callable[..., Batch]
    ) -> None:
        good = batch(written("good"))
        bad = InRecord(TOPIC, b"k", b"junk", (), 0, 0, 7)

        await consumer.handle(Batch(TOPIC, 0, [*good.records, bad], 8, 8))

        assert await texts(store) == ["good"]
        assert [reason for _, reason, _ in await quarantined(store)] == ["not-a-cloud-event"]

    async def test_when_a_dependency_is_away_nothing_of_the_batch_happens(
        self, consumer: Consumer, store: Store[Tx], batch: Callable[..., Batch]
    ) -> None:
        with pytest.raises(Unavailable):
            await consumer.handle(batch(written("first"), written("away", key="b")))

        assert await texts(store) == []
        assert await said(store) == 0
        assert await position(store) is None


class TestRefusal:
    async def test_is_set_aside_with_its_reason_and_leaves_no_trace(
        self, consumer: Consumer, store: Store[Tx], batch: Callable[..., Batch]
    ) -> None:
        await consumer.handle(batch(written("refused"), written("other", key="b")))

        assert await texts(store) == ["other"]
        assert await said(store) == 1
        assert [(r, d) for _, r, d in await quarantined(store)] == [
            ("notes.refused", "not this one text")
        ]

    async def test_makes_later_records_of_its_key_wait_and_no_others(
        self, consumer: Consumer, store: Store[Tx], batch: Callable[..., Batch]
    ) -> None:
        await consumer.handle(batch(written("refused")))
        await consumer.handle(batch(written("later"), written("free", key="b")))

        assert await texts(store) == ["free"]
        assert [reason for _, reason, _ in await quarantined(store)] == [
            "notes.refused",
            "key-blocked",
        ]

    async def test_a_bug_is_tried_again_then_set_aside_and_the_rest_goes_on(
        self, consumer: Consumer, store: Store[Tx], batch: Callable[..., Batch]
    ) -> None:
        await consumer.handle_until_done(batch(written("bug"), written("fine", key="b")))

        assert await texts(store) == ["fine"]
        assert [reason for _, reason, _ in await quarantined(store)] == ["handler-failed"]


class TestReplay:
    async def test_handles_the_record_and_those_behind_it_in_order(
        self, store: Store[Tx], batch: Callable[..., Batch]
    ) -> None:
        mended = False

        async def handler(event: NoteWritten, tx: Tx) -> None:
            if event.text == "first" and not mended:
                raise NoteRefused("not yet")
            await on_note_written(event, tx)

        bus: Any = NoBus()
        consumer = Consumer(store, bus, [on(NoteWritten, handler)], peers=())
        await consumer.handle(batch(written("first"), written("second"), written("third")))
        mended = True

        count = await consumer.replay((await quarantined(store))[0][0])

        assert count == 3
        assert await texts(store) == ["first", "second", "third"]
        assert await quarantined(store) == []

    async def test_raises_and_changes_nothing_when_it_is_refused_again(
        self, consumer: Consumer, store: Store[Tx], batch: Callable[..., Batch]
    ) -> None:
        await consumer.handle(batch(written("refused"), written("behind")))

        with pytest.raises(NoteRefused):
            await consumer.replay((await quarantined(store))[0][0])

        assert await texts(store) == []
        assert len(await quarantined(store)) == 2

    async def test_knows_no_record_twice(
        self, consumer: Consumer, store: Store[Tx], batch: Callable[..., Batch]
    ) -> None:
        with pytest.raises(QuarantinedRecordMissing):
            await consumer.replay(1)


class Rebalancing:
    """A subscription that brings one batch and then loses its partition while that is handled."""

    def __init__(self, batches: list[Batch]) -> None:
        self._batches = batches
        self.on_revoke: Any = None

    def subscribe(self, *topics: Any, on_revoke: Any, **options: Any) -> "Rebalancing":
        self.on_revoke = on_revoke
        return self

    async def poll(self, *limits: Any) -> list[Batch]:
        batches, self._batches = self._batches, []
        if not batches:
            raise BusStopped("the end of the test")
        return batches

    async def close(self) -> None:
        """Nothing to close."""


class TestRebalance:
    async def test_the_batch_in_hand_is_finished_before_another_member_begins(
        self, store: Store[Tx], batch: Callable[..., Batch]
    ) -> None:
        bus: Any = Rebalancing([batch(written("in hand"))])
        kept_at_handover: list[list[str]] = []
        handing_over: list[asyncio.Task[None]] = []

        async def hand_over() -> None:
            await bus.on_revoke({TP(TOPIC, 0)})
            kept_at_handover.append(await texts(store))

        async def slow(event: NoteWritten, tx: Tx) -> None:
            handing_over.append(asyncio.create_task(hand_over()))
            await asyncio.sleep(0.1)
            await on_note_written(event, tx)

        await Consumer(store, bus, [on(NoteWritten, slow)], peers=()).run()
        await asyncio.gather(*handing_over)

        assert kept_at_handover == [["in hand"]]

    async def test_a_batch_that_waits_for_something_is_left_to_the_next_member(
        self, store: Store[Tx], batch: Callable[..., Batch]
    ) -> None:
        bus: Any = Rebalancing([batch(written("away"))])
        consumer = Consumer(store, bus, [on(NoteWritten, on_note_written)], peers=())

        running = asyncio.create_task(consumer.run())
        await asyncio.sleep(0.1)
        await bus.on_revoke({TP(TOPIC, 0)})
        await asyncio.wait_for(running, 5)

        assert await texts(store) == []
        assert await position(store) is None

    async def test_a_late_member_never_moves_the_position_back(
        self, consumer: Consumer, store: Store[Tx], batch: Callable[..., Batch]
    ) -> None:
        first, second = batch(written("1")), batch(written("2"))
        await consumer.handle(first)
        await consumer.handle(second)

        await consumer.handle(first)

        assert await position(store) == 2
        assert await texts(store) == ["1", "2"]
