"""The outbox relay from a database to a bus: nothing lost, order kept per key (test 24)."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert, select, update

from shared.contracts.event import Envelope
from shared.db.tables import messaging_tables
from shared.db.tx import Store, Tx, outbox_row
from shared.kernel.clock import SystemClock
from shared.kernel.ids import TimeOrderedIds
from shared.messaging.bus import TP, VALUE_BYTES_MAX, ProducerFenced, TopicSpec
from shared.messaging.cloudevents import envelope_of
from shared.messaging.relay import ATTEMPTS_MAX, Relay
from tests.builders.notes import NoteWritten, metadata, note, notes_store
from tests.bus.places import OWNER, Place

WRITERS = 12
WRITES_EACH = 25
AGGREGATES = 5
IDS = TimeOrderedIds("my-kul", SystemClock())


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.real)])
async def store(request: pytest.FixtureRequest, tmp_path: object) -> AsyncIterator[Store[Tx]]:
    url = (
        f"sqlite+aiosqlite:///{tmp_path}/notes.db"
        if request.param == "sqlite"
        else request.getfixturevalue("fresh_database")
    )
    made = await notes_store(url, SystemClock())
    yield made
    await made.database.stop()


async def write(store: Store[Tx], topic: str, aggregate: int) -> None:
    """Raise an aggregate's version and say so, in one transaction."""
    async with store.transaction() as tx:
        where = note.c.id == aggregate
        await tx.connection.execute(update(note).where(where).values(version=note.c.version + 1))
        version = await tx.connection.scalar(select(note.c.version).where(where))
        envelope = Envelope(
            id=IDS.new("evt"),
            source="hub:my-kul/orders",
            type=NoteWritten.wire_name,
            subject=str(aggregate),
            time=tx.now.isoformat(),
            hub="my-kul",
            sequence=int(version or 0),
            data=b'{"text":"x"}',
        )
        row = outbox_row(envelope, created_at=tx.now, topic=topic)
        await tx.connection.execute(insert(messaging_tables(metadata).outbox), row)
    store.said_something.set()


async def sequences(place: Place, topic: str, partitions: int) -> dict[str, list[int]]:
    """Every key's versions in the order in which a reader meets them."""
    bus = await place.bus()
    met: dict[str, list[int]] = defaultdict(list)
    for partition in range(partitions):
        tp = TP(topic, partition)
        low, high = (await bus.bounds([tp]))[tp]
        reader = bus.read(tp, low)
        at = low
        while at < high:
            for batch in await reader.poll():
                at = batch.next_offset
                for record in batch.records:
                    envelope = envelope_of(record)
                    met[envelope.subject].append(envelope.sequence)
        await reader.close()
    return met


class TestRelay:
    async def test_keeps_every_keys_order_under_many_writers(
        self, place: Place, store: Store[Tx]
    ) -> None:
        topic = place.topic(OWNER)
        bus = await place.bus(OWNER)
        await bus.ensure_topics([TopicSpec(topic, 3, None)])
        async with store.transaction() as tx:
            await tx.connection.execute(
                insert(note), [{"id": n, "text": "x"} for n in range(AGGREGATES)]
            )
        relay = Relay(store, bus)
        running = asyncio.create_task(relay.run())

        async def writer(number: int) -> None:
            for turn in range(WRITES_EACH):
                await write(store, topic, (number + turn) % AGGREGATES)

        await asyncio.gather(*(writer(number) for number in range(WRITERS)))
        async with asyncio.timeout(20):
            while await relay.waiting():
                await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

        met = await sequences(place, topic, 3)
        each = WRITERS * WRITES_EACH // AGGREGATES
        assert met == {str(n): list(range(1, each + 1)) for n in range(AGGREGATES)}

    async def test_a_crash_before_the_delete_repeats_and_never_loses(
        self, place: Place, store: Store[Tx]
    ) -> None:
        topic = place.topic(OWNER)
        bus = await place.bus(OWNER)
        await bus.ensure_topics([TopicSpec(topic, 1, None)])
        async with store.transaction() as tx:
            await tx.connection.execute(insert(note), {"id": 0, "text": "x"})
        await write(store, topic, 0)
        rows = messaging_tables(metadata).outbox
        async with store.database.reading() as connection:
            kept = (await connection.execute(select(rows))).mappings().one()
        relay = Relay(store, bus)
        await relay.pump()
        async with store.database.transaction() as connection:
            await connection.execute(insert(rows), dict(kept))

        await relay.pump()

        assert await sequences(place, topic, 1) == {"0": [1, 1]}
        assert await relay.waiting() == 0

    async def test_a_record_no_bus_takes_is_put_aside_and_the_rest_goes_on(
        self, place: Place, store: Store[Tx]
    ) -> None:
        topic = place.topic(OWNER)
        bus = await place.bus(OWNER)
        await bus.ensure_topics([TopicSpec(topic, 1, None)])
        async with store.transaction() as tx:
            await tx.connection.execute(insert(note), {"id": 0, "text": "x"})
            huge = Envelope(
                id=IDS.new("evt"),
                source="s",
                type="orders.x.v1",
                subject="huge",
                time=tx.now.isoformat(),
                hub="my-kul",
                data=b"x" * (VALUE_BYTES_MAX + 1),
            )
            await tx.connection.execute(
                insert(messaging_tables(metadata).outbox),
                outbox_row(huge, created_at=tx.now, topic=topic),
            )
        await write(store, topic, 0)
        relay = Relay(store, bus)

        for _ in range(ATTEMPTS_MAX + 1):
            await relay.pump()

        assert await sequences(place, topic, 1) == {"0": [1]}
        dead = messaging_tables(metadata).outbox_dead
        async with store.database.reading() as connection:
            rows = (await connection.execute(select(dead.c.key))).all()
        assert [row.key for row in rows] == ["huge"]

    async def test_a_relay_that_another_has_replaced_keeps_its_records(
        self, place: Place, store: Store[Tx]
    ) -> None:
        topic, fence = place.topic(OWNER), place.name("relay")
        stale = await place.bus(OWNER, fence=fence)
        await stale.ensure_topics([TopicSpec(topic, 1, None)])
        async with store.transaction() as tx:
            await tx.connection.execute(insert(note), {"id": 0, "text": "x"})
        await write(store, topic, 0)
        relay = Relay(store, stale)
        await relay.pump()
        await write(store, topic, 0)
        fresh = await place.bus(OWNER, fence=fence)
        await Relay(store, fresh).pump()
        await write(store, topic, 0)

        for _ in range(ATTEMPTS_MAX + 1):
            with pytest.raises(ProducerFenced):
                await relay.pump()

        assert await relay.waiting() == 1
