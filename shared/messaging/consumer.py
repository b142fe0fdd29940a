"""The consumer loop: one transaction per polled batch, with inbox, effects and position together.

A record seen before is skipped. A record that can't be handled goes to quarantine in the same
transaction, and later records of its key follow it, so that order holds when they are replayed.
When something we depend on is away, the whole batch waits and is tried again.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
import structlog
from sqlalchemy import insert, select, update

from shared.contracts.event import Envelope
from shared.db.database import is_outage
from shared.db.tables import messaging_tables
from shared.db.tx import Store, Tx
from shared.kernel.errors import EroadError, Unavailable
from shared.messaging.bus import TP, Batch, BusError, BusStopped, EventBus, InRecord, Subscription
from shared.messaging.cloudevents import NotACloudEvent, envelope_of, to_record
from shared.messaging.hearing import Hearing as Hearing
from shared.messaging.hearing import Listening, gatherings_by_topic, hearings_by_topic
from shared.messaging.hearing import on as on
from shared.messaging.quarantine import Quarantine

log = structlog.get_logger(__name__)

BATCH_MAX = 500
POLL_S = 0.5
RETRY_S_MIN = 0.2
RETRY_S_MAX = 30.0
BUG_ATTEMPTS_MAX = 3
LET_GO_S_MAX = 20.0
"""Shorter than the time a group waits for its members while it rebalances."""
HANDLER_FAILED = ("handler-failed", "the handler raised an unexpected error")


class Consumer:
    """Listens for one service, in one group named after it."""

    def __init__(
        self,
        store: Store[Any],
        bus: EventBus,
        hearings: Sequence[Listening],
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
        self._handlers = hearings_by_topic(hearings, peers)
        self._gatherings = gatherings_by_topic(hearings)
        self._quarantine = Quarantine(self._tables.quarantine)
        self._on_handled = on_handled
        self._on_quarantined = on_quarantined
        self._subscription: Subscription | None = None
        self._lost: set[TP] = set()
        self._nothing_in_hand = asyncio.Event()
        self._nothing_in_hand.set()

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(sorted(self._handlers.keys() | self._gatherings.keys()))

    def _listening(self, topic: str, event_type: str) -> Listening | None:
        return self._gatherings.get(topic) or self._handlers.get(topic, {}).get(event_type)

    async def run(self) -> None:
        """Consume for ever; a failing bus or database is waited for, never skipped over."""
        if not self.topics:
            return
        wait_s = RETRY_S_MIN
        while True:
            self._subscription = self._bus.subscribe(
                self.topics,
                self._store.service,
                member=self._member,
                on_assign=self._positions,
                on_revoke=self._let_go,
            )
            try:
                while True:
                    await self._handle_all(await self._subscription.poll(BATCH_MAX, POLL_S))
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

    async def _handle_all(self, batches: Sequence[Batch]) -> None:
        """Handle what one poll brought, except what another member reads by now."""
        self._nothing_in_hand.clear()
        try:
            for batch in batches:
                await self.handle_until_done(batch)
        finally:
            self._nothing_in_hand.set()

    async def lag(self) -> Mapping[TP, int]:
        """Return how many offsets each partition is behind."""
        return {} if self._subscription is None else await self._subscription.lag()

    async def _positions(self, tps: set[TP]) -> Mapping[TP, int]:
        """Return where this service's own database says it has read to."""
        position = self._tables.position
        async with self._store.database.reading() as connection:
            rows = (await connection.execute(select(position))).all()
        stored = {TP(row.topic, row.partition): int(row.next_offset) for row in rows}
        self._lost -= tps
        return {tp: stored[tp] for tp in tps if tp in stored}

    async def _let_go(self, tps: set[TP]) -> None:
        """Finish what is in hand before another member begins where we stopped.

        Bounded: a batch that waits for something that is away is left to the next member.
        """
        self._lost |= tps
        try:
            await asyncio.wait_for(self._nothing_in_hand.wait(), LET_GO_S_MAX)
        except TimeoutError:
            log.warning("consumer.revoked_while_busy", service=self._store.service)

    async def handle_until_done(self, batch: Batch) -> None:
        """Handle one batch; wait while a dependency is away, quarantine what keeps failing.

        Gives up, with nothing done, once another member has the partition.
        """
        wait_s = RETRY_S_MIN
        bugs: dict[int, int] = {}
        while batch.tp not in self._lost:
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
            if not bugs and not blocked and await self._gather(tx, batch, records, known):
                records = []
            for record, envelope in records:
                if isinstance(envelope, NotACloudEvent):
                    await self._set_aside(tx, record, envelope.code, envelope.message)
                    continue
                handler = self._listening(batch.topic, envelope.type)
                if handler is None or envelope.id in known:
                    continue
                known.add(envelope.id)
                if envelope.subject in blocked:
                    await self._set_aside(tx, record, "key-blocked", "an earlier record waits")
                    continue
                if bugs.get(record.offset, 0) >= BUG_ATTEMPTS_MAX:
                    refusal: tuple[str, str] | None = HANDLER_FAILED
                else:
                    refusal = await self._try(tx, handler, envelope, record)
                if refusal is None:
                    await self._mark_handled(tx, envelope.id)
                else:
                    blocked.add(envelope.subject)
                    await self._set_aside(tx, record, *refusal)
            await self._move(tx, batch)
        self._on_handled(batch.topic, len(batch.records))

    async def _gather(
        self,
        tx: Tx,
        batch: Batch,
        records: Sequence[tuple[InRecord, Envelope | NotACloudEvent]],
        known: set[str],
    ) -> bool:
        """Hand all that is new in a batch to its gathering at once; say whether that worked."""
        gathering = self._gatherings.get(batch.topic)
        envelopes = {e.id: e for _, e in records if isinstance(e, Envelope) and e.id not in known}
        if gathering is None or any(isinstance(e, NotACloudEvent) for _, e in records):
            return False
        mark, started_ns = tx.mark(), self._store.tracer.now_ns()
        savepoint = await tx.connection.begin_nested()
        try:
            await gathering.handler(tx, batch.partition, list(envelopes.values()))
            await savepoint.commit()
        except Unavailable:
            raise
        except Exception as error:
            if is_outage(error):
                raise
            log.warning("consumer.one_by_one", service=self._store.service, why=repr(error))
            await savepoint.rollback()
            tx.unsay(mark)
            return False
        handled = [{"event_id": name, "handled_at": tx.now} for name in envelopes]
        if handled:
            await tx.connection.execute(insert(self._tables.inbox), handled)
        self._store.tracer.record(
            "process batch",
            "consumer",
            parents=[envelope.traceparent for envelope in envelopes.values()],
            started_ns=started_ns,
            attributes={"messaging.destination.name": batch.topic},
        )
        return True

    async def _try(
        self, tx: Tx, hearing: Listening, envelope: Envelope, record: InRecord
    ) -> tuple[str, str] | None:
        """Run a handler inside a savepoint; return why it refused, None when it did not."""
        mark = tx.mark()
        savepoint = await tx.connection.begin_nested()
        try:
            await self._hear(tx, hearing, record.topic, record.partition, envelope)
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
            raise _Bug(record.offset) from error
        return None

    async def _hear(
        self, tx: Tx, hearing: Listening, topic: str, partition: int, envelope: Envelope
    ) -> None:
        """Give one event to its handler; what that says belongs to the event's trace."""
        tracer = self._store.tracer
        name, about = f"process {envelope.type}", {"messaging.destination.name": topic}
        parent = envelope.traceparent
        with tracer.span(name, "consumer", parent=parent, attributes=about) as span:
            tx.cause, tx.traceparent = envelope, span.traceparent
            try:
                await hearing.hear(tx, partition, envelope)
            finally:
                tx.cause, tx.traceparent = None, ""

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
        """Store how far we have read; a member that was late never moves it back."""
        position = self._tables.position
        here = (position.c.topic == batch.topic) & (position.c.partition == batch.partition)
        behind = position.c.next_offset < batch.next_offset
        moved = await tx.connection.execute(
            update(position).where(here, behind).values(next_offset=batch.next_offset)
        )
        if moved.rowcount > 0:
            return
        if await tx.connection.scalar(select(position.c.next_offset).where(here)) is None:
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
        hearing = self._listening(row.topic, envelope.type)
        if hearing is not None and not await self._known(tx, [envelope.id]):
            await self._hear(tx, hearing, row.topic, row.partition, envelope)
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
