"""From the outbox to the bus: read in order, publish, wait until it is durable, then delete.

There is one active relay per service. A crash between publishing and deleting makes a duplicate,
which the consumer's inbox drops; nothing is ever lost. No cursor is kept: cursors over ids or
transaction ids lose or reorder rows under concurrent writers.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from typing import Any
from zlib import crc32

import structlog
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    cast,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.tables import messaging_tables
from shared.db.tx import Store
from shared.kernel.errors import Unavailable
from shared.messaging.bus import (
    BusError,
    EventBus,
    OutRecord,
    ProducerFenced,
    PublishError,
    RecordRefused,
    UnknownTopic,
)
from shared.messaging.cloudevents import stored_record

log = structlog.get_logger(__name__)

BATCH_MAX = 1_000
IDLE_S = 0.5
"""How often to look where another process may have written to the outbox."""
IDLE_ALONE_S = 2.0
"""The same on SQLite, where a service is one process and its own commits wake its relay."""
RETRY_S_MAX = 30.0
ATTEMPTS_MAX = 5
LEADERSHIP_RETRY_S = 2.0


class Relay:
    """Carries one service's outbox to the bus for as long as `run` runs."""

    def __init__(
        self,
        store: Store[Any],
        bus: EventBus,
        *,
        on_published: Callable[[int], None] = lambda count: None,
        make_topics: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._store = store
        self._bus = bus
        self._tables = messaging_tables(store.metadata)
        self._on_published = on_published
        self._make_topics = make_topics

    async def run(self) -> None:
        """Relay for ever: only while holding the leadership where several processes may run."""
        wait_s = LEADERSHIP_RETRY_S
        while True:
            try:
                if self._store.database.is_sqlite:
                    await self._relay(None)
                else:
                    async with self._store.database.engine.connect() as session:
                        if await self._lead(session):
                            wait_s = LEADERSHIP_RETRY_S
                            await self._relay(session)
            except (Unavailable, PublishError, OSError, TimeoutError) as error:
                log.warning("relay.waiting", service=self._store.service, why=str(error))
                if isinstance(error, UnknownTopic):
                    await self._made_again()
            except Exception:
                log.exception("relay.failed", service=self._store.service)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, RETRY_S_MAX)

    async def _made_again(self) -> None:
        """Make our topics once more: the brokers came back without what they had."""
        try:
            if self._make_topics is not None:
                await self._make_topics()
        except (BusError, OSError, TimeoutError) as error:
            log.warning("relay.no_topics", service=self._store.service, why=str(error))

    async def _lead(self, session: AsyncConnection) -> bool:
        """Try to become the one relay; the lock lasts as long as this session."""
        await session.execution_options(isolation_level="AUTOCOMMIT")
        return bool(
            await session.scalar(
                text("SELECT pg_try_advisory_lock(:lock)"),
                {"lock": crc32(f"relay/{self._store.service}".encode())},
            )
        )

    async def _relay(self, session: AsyncConnection | None) -> None:
        while True:
            self._store.said_something.clear()
            moved = await self.pump()
            if moved < BATCH_MAX:
                try:
                    wait_s = IDLE_ALONE_S if session is None else IDLE_S
                    await asyncio.wait_for(self._store.said_something.wait(), wait_s)
                except TimeoutError:
                    # Another process may have written, and the session that leads must live.
                    if session is not None:
                        await session.scalar(text("SELECT 1"))

    async def pump(self) -> int:
        """Publish one batch of the oldest rows; return how many left the outbox."""
        outbox = self._tables.outbox
        async with self._store.database.reading() as connection:
            rows = (
                await connection.execute(
                    select(
                        outbox.c.id,
                        outbox.c.topic,
                        outbox.c.key,
                        outbox.c.attributes,
                        outbox.c.data,
                    )
                    .order_by(outbox.c.id)
                    .limit(BATCH_MAX)
                )
            ).all()
        if not rows:
            return 0
        records = [stored_record(row.topic, row.key, row.attributes, row.data) for row in rows]
        started_ns = self._store.tracer.now_ns()
        try:
            await self._bus.publish(records)
        except RecordRefused as error:
            await self._blame([rows[index].id for index in error.failed], error)
            return 0
        except (ProducerFenced, UnknownTopic):
            raise  # another relay has taken over, or a topic is gone: no record is to blame
        except PublishError as error:
            if error.retriable:
                raise
            return await self._one_by_one(rows, records)
        if self._store.tracer.collects:
            self._trace(records, started_ns)
        await self._delete([row.id for row in rows])
        return len(rows)

    async def _one_by_one(self, rows: Sequence[Any], records: Sequence[OutRecord]) -> int:
        """Find the record a log refuses among those sent with it; return how many left before it.

        What is refused stays at the head and is tried again, so nothing of its key overtakes it
        before it is put aside.
        """
        for moved, (row, record) in enumerate(zip(rows, records, strict=True)):
            try:
                await self._bus.publish([record])
            except (ProducerFenced, UnknownTopic):
                raise
            except PublishError as error:
                if error.retriable:
                    raise
                await self._blame([row.id], error)
                return moved
            await self._delete([row.id])
        return len(rows)

    async def _delete(self, ids: Sequence[int]) -> None:
        """Forget what the bus has."""
        outbox = self._tables.outbox
        async with self._store.database.transaction() as connection:
            await connection.execute(delete(outbox).where(self._is_one_of(ids)))
        self._on_published(len(ids))

    def _trace(self, records: Sequence[OutRecord], started_ns: int) -> None:
        """Take down that these events went out, each in its own trace."""
        for topic, group in groupby(records, key=lambda record: record.topic):
            headers = [dict(record.headers) for record in group]
            self._store.tracer.record(
                f"publish {topic}",
                "producer",
                parents=[each.get("ce_traceparent", b"").decode() for each in headers],
                started_ns=started_ns,
                attributes={"messaging.destination.name": topic},
            )

    def _is_one_of(self, ids: Sequence[int]) -> ColumnElement[bool]:
        """Return the condition; PostgreSQL takes one array instead of a thousand parameters."""
        column = self._tables.outbox.c.id
        if self._store.database.is_sqlite:
            return column.in_(ids)
        return column == func.any(cast(list(ids), ARRAY(BigInteger)))

    async def _blame(self, ids: Sequence[int], error: PublishError) -> None:
        """Count a refused record's attempts; after ATTEMPTS_MAX it goes to outbox_dead."""
        outbox, dead = self._tables.outbox, self._tables.outbox_dead
        async with self._store.database.transaction() as connection:
            rows = await connection.execute(select(outbox).where(self._is_one_of(ids)))
            for row in rows:
                if row.attempts + 1 < ATTEMPTS_MAX:
                    await connection.execute(
                        update(outbox)
                        .where(outbox.c.id == row.id)
                        .values(attempts=row.attempts + 1)
                    )
                    continue
                log.error("relay.refused", event_id=row.event_id, reason=error.message)
                kept = {column.name for column in dead.columns} - {"reason"}
                values = {name: value for name, value in row._mapping.items() if name in kept}
                await connection.execute(insert(dead), {**values, "reason": error.message})
                await connection.execute(delete(outbox).where(outbox.c.id == row.id))

    async def waiting(self) -> int:
        """Return how many events are not on the bus yet."""
        async with self._store.database.reading() as connection:
            return int(
                await connection.scalar(select(func.count()).select_from(self._tables.outbox)) or 0
            )
