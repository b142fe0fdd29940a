"""How records that could not be applied are kept: with their bytes, until they are replayed."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.domain.records import Quarantined
from services.exchange.domain.stream import Stream
from services.exchange.store.tables import set_aside

DETAIL_LENGTH_MAX = 2_000
REPLAY_MAX = 10_000


class AsideRecord(NamedTuple):
    """A record set aside."""

    id: int
    stream: str
    seq: int
    subject: str
    reason: str
    detail: str
    line: bytes
    quarantined_at: datetime


class SetAside:
    """Records of good frames that fail a check, and those that wait behind one of their subject."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, stream: Stream, records: Sequence[Quarantined], *, now: datetime) -> None:
        if not records:
            return
        rows = [
            {
                "stream": stream.key,
                "seq": each.seq,
                "subject": each.subject,
                "reason": each.reason.value,
                "detail": each.detail[:DETAIL_LENGTH_MAX],
                "line": each.line,
                "quarantined_at": now,
            }
            for each in records
        ]
        await self._connection.execute(insert(set_aside), rows)

    async def halted(self, stream: Stream) -> frozenset[str]:
        """Return the subjects of a stream whose later records must wait."""
        rows = await self._connection.execute(
            select(set_aside.c.subject)
            .where(
                set_aside.c.stream == stream.key,
                set_aside.c.replayed_at.is_(None),
                set_aside.c.subject != "",
            )
            .distinct()
        )
        return frozenset(row.subject for row in rows)

    async def counts(self) -> dict[str, int]:
        """Return how many records of each stream wait."""
        rows = await self._connection.execute(
            select(set_aside.c.stream, func.count().label("waiting"))
            .where(set_aside.c.replayed_at.is_(None))
            .group_by(set_aside.c.stream)
        )
        return {row.stream: int(row.waiting) for row in rows}

    async def waiting(self, *, after: int, limit: int) -> list[AsideRecord]:
        """Return what waits, oldest first, those after number `after`."""
        rows = await self._connection.execute(
            select(set_aside)
            .where(set_aside.c.replayed_at.is_(None), set_aside.c.id > after)
            .order_by(set_aside.c.id)
            .limit(limit)
        )
        return [_aside(row) for row in rows]

    async def waiting_as(self, reason: str, *, after: int, limit: int) -> list[AsideRecord]:
        """Return what waits for one reason, oldest first, those after number `after`."""
        rows = await self._connection.execute(
            select(set_aside)
            .where(
                set_aside.c.replayed_at.is_(None),
                set_aside.c.reason == reason,
                set_aside.c.id > after,
            )
            .order_by(set_aside.c.id)
            .limit(limit)
        )
        return [_aside(row) for row in rows]

    async def find(self, number: int) -> AsideRecord | None:
        """Return a record that still waits."""
        query = select(set_aside).where(set_aside.c.id == number, set_aside.c.replayed_at.is_(None))
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _aside(row)

    async def with_its_subject(self, record: AsideRecord) -> list[AsideRecord]:
        """Return the waiting records of one subject of a stream, in order; one without a subject
        stands alone."""
        if not record.subject:
            return [record]
        rows = await self._connection.execute(
            select(set_aside)
            .where(
                set_aside.c.stream == record.stream,
                set_aside.c.subject == record.subject,
                set_aside.c.replayed_at.is_(None),
            )
            .order_by(set_aside.c.seq)
            .limit(REPLAY_MAX)
        )
        return [_aside(row) for row in rows]

    async def replayed(self, number: int, *, now: datetime) -> None:
        await self._connection.execute(
            update(set_aside).where(set_aside.c.id == number).values(replayed_at=now)
        )


def _aside(row: Row[tuple[object, ...]]) -> AsideRecord:
    return AsideRecord(
        row.id,
        row.stream,
        row.seq,
        row.subject,
        row.reason,
        row.detail,
        row.line,
        row.quarantined_at,
    )
