"""How timelines are kept: entries counted per order without gaps, whatever arrives first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.orders.domain.facts import Fact, FactKind
from services.orders.store.tables import timeline, timeline_entry
from shared.db.copy import insert_many

EARLY_FACTS_MAX = 1_000
"""What may be heard about an order before the order itself."""
FORGOTTEN = -1
"""The last entry of an order that was here and is forgotten."""

_START = text(
    "INSERT INTO timeline (order_id, last_sequence) VALUES (:order_id, 0) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A fact at its place in the timeline of its order."""

    fact: Fact
    sequence: int
    recorded_at: datetime


class Timelines:
    """What happened to each order, as this hub heard it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def hold(self, order_ids: Collection[str]) -> dict[str, int]:
        """Hold these orders, known or not, until the transaction ends; return their last entries.

        Whoever records a fact or an order holds it first, always in the order of ids, so two
        workers neither miss each other's news nor wait in a circle.
        """
        if not order_ids:
            return {}
        wanted = sorted(order_ids)
        await self._connection.execute(_START, [{"order_id": order_id} for order_id in wanted])
        rows = await self._connection.execute(
            select(timeline)
            .where(timeline.c.order_id.in_(wanted))
            .order_by(timeline.c.order_id)
            .with_for_update()
        )
        return {row.order_id: row.last_sequence for row in rows}

    async def begin(self, entries: Sequence[Entry]) -> None:
        """Write the first entries of orders of this transaction, which nobody else knows yet."""
        heads = [{"order_id": e.fact.order_id, "last_sequence": e.sequence} for e in entries]
        await insert_many(self._connection, timeline, heads)
        await insert_many(self._connection, timeline_entry, [_values(e) for e in entries])

    async def append(self, entries: Sequence[Entry]) -> None:
        """Write entries whose orders are held."""
        if not entries:
            return
        await self._connection.execute(insert(timeline_entry), [_values(e) for e in entries])
        last = {entry.fact.order_id: entry.sequence for entry in entries}
        await self._connection.execute(
            update(timeline)
            .where(timeline.c.order_id == bindparam("of_id"))
            .values(last_sequence=bindparam("last")),
            [{"of_id": order_id, "last": sequence} for order_id, sequence in last.items()],
        )

    async def page(self, order_id: str, *, after: int, limit: int) -> list[Entry]:
        """Return an order's entries in the order they were recorded, those after `after`."""
        rows = await self._connection.execute(
            select(timeline_entry)
            .where(timeline_entry.c.order_id == order_id, timeline_entry.c.sequence > after)
            .order_by(timeline_entry.c.sequence)
            .limit(limit)
        )
        return [_entry(row) for row in rows]

    async def last_of(self, order_id: str, *, kind: FactKind, logistics_no: str) -> datetime | None:
        """Return when something last happened to a parcel, None when it did not."""
        query = select(func.max(timeline_entry.c.occurred_at)).where(
            timeline_entry.c.order_id == order_id,
            timeline_entry.c.kind == kind.value,
            timeline_entry.c.logistics_no == logistics_no,
        )
        found: datetime | None = await self._connection.scalar(query)
        return found


def _values(entry: Entry) -> dict[str, Any]:
    fact = entry.fact
    return {
        "order_id": fact.order_id,
        "sequence": entry.sequence,
        "kind": fact.kind.value,
        "hub": fact.hub,
        "event_id": fact.event_id,
        "logistics_no": fact.logistics_no,
        "detail": dict(fact.detail),
        "occurred_at": fact.occurred_at,
        "recorded_at": entry.recorded_at,
    }


def _entry(row: Row[*tuple[object, ...]]) -> Entry:
    return Entry(
        fact=Fact(
            kind=FactKind(row.kind),
            order_id=row.order_id,
            hub=row.hub,
            event_id=row.event_id,
            occurred_at=row.occurred_at,
            logistics_no=row.logistics_no,
            detail=row.detail,
        ),
        sequence=row.sequence,
        recorded_at=row.recorded_at,
    )
