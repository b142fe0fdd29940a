"""The unit of work: one transaction, the repositories on it, and the events it will say.

A door (a route, a consumer, a timer) opens it; use cases receive it and never commit. Events are
outbox rows of the same transaction: they happen with the change or not at all.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.event import Envelope, Event
from shared.contracts.registry import topic_of
from shared.db.bells import Bell
from shared.db.copy import insert_many
from shared.db.database import Database
from shared.db.own_rows import NARROW
from shared.db.tables import messaging_tables
from shared.kernel.clock import Clock
from shared.kernel.ids import Ids
from shared.kernel.trace import Tracer, new_traceparent

EVENTS_PER_TRANSACTION_MAX = 10_000


class Tx:
    """One open transaction of one service; subclasses add their repositories."""

    def __init__(
        self,
        connection: AsyncConnection,
        *,
        service: str,
        clock: Clock,
        ids: Ids,
        tracer: Tracer,
        traceparent: str = "",
    ) -> None:
        self.connection = connection
        self.service = service
        self.clock = clock
        self.ids = ids
        self.hub = ids.hub
        self.cause: Envelope | None = None
        self.tracer = tracer
        self.traceparent = traceparent
        self.rings: set[str] = set()
        self._said: list[Envelope] = []

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def narrow_to(self, member_id: str) -> None:
        """Let PostgreSQL show this transaction only rows of one member; see `own_rows`.

        The repositories ask for the same; this is for the day when one forgets. SQLite can't.
        """
        if self.connection.dialect.name == "postgresql":
            await self.connection.execute(NARROW, {"member_id": member_id})

    async def emit(
        self, event: Event, *, key: str, audience: Sequence[str] = (), sequence: int = 0
    ) -> Envelope:
        """Say that `event` happened to the aggregate `key`.

        `audience` names the hubs that may get it; blank means every hub whose contract covers its
        type. Written to the outbox when the transaction ends.
        """
        assert event.service() == self.service, f"{event.wire_name} is not ours to say"
        assert len(self._said) < EVENTS_PER_TRANSACTION_MAX, "a transaction says too much at once"
        cause = self.cause
        self.traceparent = self.traceparent or new_traceparent()
        envelope = Envelope(
            id=self.ids.new("evt"),
            source=f"hub:{self.hub}/{self.service}",
            type=event.wire_name,
            subject=key,
            time=self.now.isoformat(),
            hub=self.hub,
            data=event.model_dump_json(exclude_none=True).encode(),
            audience=",".join(audience),
            sequence=sequence,
            traceparent=self.traceparent,
            causation=cause.id if cause else "",
        )
        self._said.append(envelope)
        return envelope

    def ring(self, bell: str) -> None:
        """Wake who waits for this bell of the store, once the transaction is committed."""
        self.rings.add(bell)

    def mark(self) -> int:
        """Return a point to which `unsay` can take the events back, beside a savepoint."""
        return len(self._said)

    def unsay(self, mark: int) -> None:
        """Forget the events said since `mark`; the savepoint around them was rolled back."""
        del self._said[mark:]

    async def flush(self, metadata: MetaData) -> bool:
        """Write the events said so far as outbox rows; return whether there were any."""
        if not self._said:
            return False
        rows = [outbox_row(envelope, created_at=self.now) for envelope in self._said]
        await insert_many(self.connection, messaging_tables(metadata).outbox, rows)
        self._said.clear()
        return True


def outbox_row(envelope: Envelope, *, created_at: datetime, topic: str = "") -> dict[str, object]:
    """Return the outbox row of an envelope; its topic is the owner's unless told otherwise."""
    return {
        "event_id": envelope.id,
        "topic": topic or topic_of(envelope.service),
        "key": envelope.subject,
        "attributes": envelope.encoded_attributes(),
        "data": envelope.data,
        "created_at": created_at,
        "attempts": 0,
    }


TxType = TypeVar("TxType", bound=Tx)


class Store(Generic[TxType]):
    """Opens units of work for one service and wakes its relay after each that said something."""

    def __init__(
        self,
        database: Database,
        metadata: MetaData,
        tx_type: type[TxType],
        *,
        service: str,
        clock: Clock,
        ids: Ids,
        tracer: Tracer | None = None,
    ) -> None:
        self.database = database
        self.metadata = metadata
        self.service = service
        self.clock = clock
        self.ids = ids
        self.tracer = tracer or Tracer()
        self.said_something = asyncio.Event()
        self.bells: defaultdict[str, Bell] = defaultdict(Bell)
        self._tx_type = tx_type

    @asynccontextmanager
    async def transaction(self, *, traceparent: str = "") -> AsyncIterator[TxType]:
        """Open a unit of work; leaving it commits state and events together."""
        async with self.database.transaction() as connection:
            tx = self._new(connection, traceparent)
            yield tx
            said = await tx.flush(self.metadata)
        if said:
            self.said_something.set()
        for name in tx.rings:
            self.bells[name].ring()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[TxType]:
        """Open a unit of work for looking only; whatever it says is refused."""
        async with self.database.reading() as connection:
            tx = self._new(connection, "")
            yield tx
            assert tx.mark() == 0, "a reading transaction has nothing to say"

    def _new(self, connection: AsyncConnection, traceparent: str) -> TxType:
        return self._tx_type(
            connection,
            service=self.service,
            clock=self.clock,
            ids=self.ids,
            tracer=self.tracer,
            traceparent=traceparent,
        )
