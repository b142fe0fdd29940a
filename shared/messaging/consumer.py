"""The consumer loop: one transaction per polled batch, with inbox, effects and position together.

A record seen before is skipped. A record that can't be handled goes to quarantine in the same
transaction, and later records of its key follow it, so that order holds when they are replayed.
When something we depend on is away, the whole batch waits and is tried again.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import msgspec
import structlog
from sqlalchemy import insert, select, update

from shared.contracts.event import Envelope, Event
from shared.contracts.registry import topic_of
from shared.db.database import is_outage
from shared.db.tables import messaging_tables
from shared.db.tx import Store, Tx
from shared.kernel.errors import EroadError, Unavailable
from shared.messaging.bus import TP, Batch, BusError, BusStopped, EventBus, InRecord, Subscription
from shared.messaging.cloudevents import NotACloudEvent, envelope_of, to_record
from shared.messaging.quarantine import Quarantine

log = structlog.get_logger(__name__)

BATCH_MAX = 500
POLL_S = 0.5
RETRY_S_MIN = 0.2
RETRY_S_MAX = 30.0
BUG_ATTEMPTS_MAX = 3
HANDLER_FAILED = ("handler-failed", "the handler raised an unexpected error")

Handler = Callable[[Any, Any], Awaitable[None]]
Source = Literal["local", "peers", "both"]


@dataclass(frozen=True)
class Hearing:
    """One kind of event that a service listens to, and what it does then."""

    event: type[Event]
    handler: Handler
    source: Source = "local"


def on(event: type[Event], handler: Handler, *, source: Source = "local") -> Hearing:
    """Say that `handler` hears `event` from this hub's services, from peers' or from both."""
    assert event.wire_name, f"{event.__name__} has no wire name"
    return Hearing(event, handler, source)


class Consumer:
    """Listens for one service, in one group named after it."""

    def __init__(
        self,
        store: Store[Any],
        bus: EventBus,
        hearings: Sequence[Hearing],
        *,
        peers: Sequence[str],
        member: str = "0",
        on_handled: Callable[[str, int], None] = lambda topic, count: None,
        on_quarantined: Callable[[str, str], None] = lambda topic, reason: None,
    ) -> None:
        self._store = store
        self._bus = bus
        self._member = member
        self._tables = messaging_tables(store.metadata)
        self._handlers = _handlers_by_topic(hearings, peers)
        self._quarantine = Quarantine(self._tables.quarantine)
        self._on_handled = on_handled
        self._on_quarantined = on_quarantined
        self._subscription: Subscription | None = None

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(sorted(self._handlers))

    async def run(self) -> None:
        """Consume for ever; a failing bus or database is waited for, never skipped over."""
        if not self._handlers:
            return
        wait_s = RETRY_S_MIN
        while True:
            self._subscription = self._bus.subscribe(
                self.topics,
                self._store.service,
                member=self._member,
                on_assign=self._positions,
                on_revoke=_forget,
            )
            try:
                while True:
                    for batch in await self._subscription.poll(BATCH_MAX, POLL_S):
                        await self.handle_until_done(batch)
                    wait_s = RETRY_S_MIN
            except BusStopped:
                return
            except (BusError, Unavailable, OSError, TimeoutError) as error:
                log.warning("consumer.waiting", service=self._store.service, why=str(error))
            finally:
                with contextlib.suppress(BusStopped):
                    await self._subscription.close()
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, RETRY_S_MAX)

    async def lag(self) -> Mapping[TP, int]:
        """Return how many offsets each partition is behind."""
        return {} if self._subscription is None else await self._subscription.lag()

    async def _positions(self, tps: set[TP]) -> Mapping[TP, int]:
        """Return where this service's own database says it has read to."""
        position = self._tables.position
        async with self._store.database.reading() as connection:
            rows = (await connection.execute(select(position))).all()
        stored = {TP(row.topic, row.partition): int(row.next_offset) for row in rows}
        return {tp: stored[tp] for tp in tps if tp in stored}

    async def handle_until_done(self, batch: Batch) -> None:
        """Handle one batch; wait while a dependency is away, quarantine what keeps failing."""
        wait_s = RETRY_S_MIN
        bugs: dict[int, int] = {}
        while True:
            try:
                await self.handle(batch, bugs)
                return
            except _Bug as bug:
                bugs[bug.offset] = bugs.get(bug.offset, 0) + 1
                log.exception("consumer.bug", service=self._store.service, offset=bug.offset)
            except Unavailable as error:
                log.warning("consumer.retry", service=self._store.service, why=error.message)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, RETRY_S_MAX)

    async def handle(self, batch: Batch, bugs: Mapping[int, int] = MappingProxyType({})) -> None:
        """Handle one polled batch in one transaction; `bugs` counts failures by offset."""
        async with self._store.transaction() as tx:
            records = [(record, _read(record)) for record in batch.records]
            known = await self._known(tx, [e.id for _, e in records if isinstance(e, Envelope)])
            blocked = await self._quarantine.blocked_keys(tx, batch.topic)
            for record, envelope in records:
                if isinstance(envelope, NotACloudEvent):
                    await self._set_aside(tx, record, envelope.code, envelope.message)
                    continue
                handler = self._handlers[batch.topic].get(envelope.type)
                if handler is None or envelope.id in known:
                    continue
                known.add(envelope.id)
                if envelope.subject in blocked:
                    await self._set_aside(tx, record, "key-blocked", "an earlier record waits")
                    continue
                if bugs.get(record.offset, 0) >= BUG_ATTEMPTS_MAX:
                    refusal: tuple[str, str] | None = HANDLER_FAILED
                else:
                    refusal = await self._try(tx, handler, envelope, record.offset)
                if refusal is None:
                    await self._mark_handled(tx, envelope.id)
                else:
                    blocked.add(envelope.subject)
                    await self._set_aside(tx, record, *refusal)
            await self._move(tx, batch)
        self._on_handled(batch.topic, len(batch.records))

    async def _try(
        self, tx: Tx, hearing: Hearing, envelope: Envelope, offset: int
    ) -> tuple[str, str] | None:
        """Run a handler inside a savepoint; return why it refused, None when it did not."""
        mark = tx.mark()
        tx.cause = envelope
        savepoint = await tx.connection.begin_nested()
        try:
            await hearing.handler(hearing.event.parse(envelope.data), tx)
            await savepoint.commit()
        except Unavailable:
            raise
        except EroadError as error:
            await savepoint.rollback()
            tx.unsay(mark)
            return error.code, f"{error.message} {error.field or ''}".strip()
        except Exception as error:
            if is_outage(error):
                raise
            raise _Bug(offset) from error
        finally:
            tx.cause = None
        return None

    async def _known(self, tx: Tx, event_ids: Sequence[str]) -> set[str]:
        inbox = self._tables.inbox
        rows = await tx.connection.execute(
            select(inbox.c.event_id).where(inbox.c.event_id.in_(event_ids))
        )
        return {row.event_id for row in rows}

    async def _mark_handled(self, tx: Tx, event_id: str) -> None:
        await tx.connection.execute(
            insert(self._tables.inbox), {"event_id": event_id, "handled_at": tx.now}
        )

    async def _set_aside(self, tx: Tx, record: InRecord, reason: str, detail: str) -> None:
        await self._quarantine.put(tx, record, reason=reason, detail=detail)
        self._on_quarantined(record.topic, reason)
        log.error(
            "consumer.quarantined",
            service=self._store.service,
            topic=record.topic,
            offset=record.offset,
            reason=reason,
            detail=detail,
        )

    async def _move(self, tx: Tx, batch: Batch) -> None:
        position = self._tables.position
        here = (position.c.topic == batch.topic) & (position.c.partition == batch.partition)
        moved = await tx.connection.execute(
            update(position).where(here).values(next_offset=batch.next_offset)
        )
        if moved.rowcount == 0:
            await tx.connection.execute(
                insert(position),
                {
                    "topic": batch.topic,
                    "partition": batch.partition,
                    "next_offset": batch.next_offset,
                },
            )

    async def replay(self, quarantine_id: int) -> int:
        """Handle a quarantined record again, then the ones of its key behind it, in order.

        Stops at the first that is refused again and raises its error; returns how many were
        handled. An unknown or already replayed record raises QuarantinedRecordMissing.
        """
        async with self._store.transaction() as tx:
            rows = await self._quarantine.waiting_with(tx, quarantine_id)
            for row in rows:
                await self._replay_one(tx, row)
        return len(rows)

    async def _replay_one(self, tx: Tx, row: Any) -> None:
        attributes = msgspec.json.decode(row.attributes, type=dict[str, str])
        out = to_record(row.topic, row.key, attributes, row.data)
        envelope = envelope_of(
            InRecord(out.topic, out.key, out.value, out.headers, row.partition, 0, row.offset)
        )
        hearing = self._handlers.get(row.topic, {}).get(envelope.type)
        if hearing is not None and not await self._known(tx, [envelope.id]):
            tx.cause = envelope
            try:
                await hearing.handler(hearing.event.parse(envelope.data), tx)
            finally:
                tx.cause = None
            await self._mark_handled(tx, envelope.id)
        await self._quarantine.mark_replayed(tx, row.id)


class _Bug(Exception):
    """A handler failed in a way nobody foresaw."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


def _read(record: InRecord) -> Envelope | NotACloudEvent:
    try:
        return envelope_of(record)
    except NotACloudEvent as error:
        return error


async def _forget(tps: set[TP]) -> None:
    """Positions live in the database, so losing a partition needs no work."""


def _handlers_by_topic(
    hearings: Sequence[Hearing], peers: Sequence[str]
) -> dict[str, dict[str, Hearing]]:
    result: dict[str, dict[str, Hearing]] = {}
    for hearing in hearings:
        service, name = hearing.event.service(), hearing.event.wire_name
        topics = [topic_of(service)] if hearing.source in ("local", "both") else []
        if hearing.source in ("peers", "both"):
            topics += [topic_of(service, origin=peer) for peer in peers]
        for topic in topics:
            assert name not in result.setdefault(topic, {}), f"{name} is heard twice on {topic}"
            result[topic][name] = hearing
    return result
