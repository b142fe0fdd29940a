"""How incoming streams are kept: positions, replicas, receipts given, and what was refused."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.domain.frame import Frame
from services.exchange.domain.projection import Row as ProjectionRow
from services.exchange.domain.receipt import Receipt
from services.exchange.domain.receive import Apply, Refused
from services.exchange.domain.records import Accepted, Quarantined
from services.exchange.domain.stream import GENESIS, Stream, StreamPosition
from services.exchange.store.tables import (
    arrival,
    arrived_frame,
    incoming,
    refused_frame,
    replica,
    set_aside,
)
from shared.db.tables import messaging_tables
from shared.db.tx import outbox_row

RECEIPTS_AT_ONCE = 200


class IncomingStream(NamedTuple):
    """A peer's stream as it stands here."""

    stream: str
    origin: str
    position: StreamPosition
    stop_reason: str | None
    stop_detail: str | None


class Incoming:
    """The streams that end at this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def position(self, stream: Stream) -> StreamPosition:
        """Return where a stream stands, locked; a stream met for the first time stands at 0."""
        row = (
            await self._connection.execute(
                select(incoming).where(incoming.c.stream == stream.key).with_for_update()
            )
        ).one_or_none()
        if row is not None:
            return StreamPosition(row.seq, row.chain, row.epoch, row.epoch_allowed)
        await self._connection.execute(
            insert(incoming),
            {
                "stream": stream.key,
                "origin": stream.origin,
                "area": stream.area,
                "partition": stream.partition,
                "seq": 0,
                "chain": GENESIS,
                "epoch": 1,
            },
        )
        return StreamPosition()

    async def all(self, origin: str | None = None) -> Sequence[IncomingStream]:
        query = select(incoming).order_by(incoming.c.stream)
        if origin is not None:
            query = query.where(incoming.c.origin == origin)
        return [
            IncomingStream(
                row.stream,
                row.origin,
                StreamPosition(row.seq, row.chain, row.epoch, row.epoch_allowed),
                row.stop_reason,
                row.stop_detail,
            )
            for row in await self._connection.execute(query)
        ]

    async def header_hash(self, stream: Stream, first: int) -> str | None:
        """Return the header hash held for the frame that brought number `first`."""
        return await self._connection.scalar(
            select(arrived_frame.c.header_hash).where(
                arrived_frame.c.stream == stream.key, arrived_frame.c.first == first
            )
        )

    async def apply(
        self, stream: Stream, frame: Frame, applied: Apply, receipt: Receipt, *, now: datetime
    ) -> None:
        """Keep a verified frame: records, replicas, outbox rows, quarantine and position."""
        accepted = [r for r in applied.records if isinstance(r, Accepted)]
        aside = [r for r in applied.records if isinstance(r, Quarantined)]
        if accepted:
            await self._keep_records(stream, accepted, now)
        if aside:
            rows = [
                {
                    "stream": stream.key,
                    "seq": each.seq,
                    "reason": each.reason.value,
                    "detail": each.detail[:2_000],
                    "line": each.line,
                    "quarantined_at": now,
                }
                for each in aside
            ]
            await self._connection.execute(insert(set_aside), rows)
        await self._keep_receipt(stream, frame, applied, receipt, now)
        position = applied.position
        await self._connection.execute(
            update(incoming)
            .where(incoming.c.stream == stream.key)
            .values(
                seq=position.seq,
                chain=position.chain,
                epoch=position.epoch,
                epoch_allowed=position.epoch_allowed,
                applied_at=now,
                signed_at=applied.header.at,
                stopped_at=None,
                stop_reason=None,
                stop_detail=None,
            )
        )

    async def _keep_records(
        self, stream: Stream, accepted: Sequence[Accepted], now: datetime
    ) -> None:
        topic = f"{stream.origin}.{stream.service}.events"
        arrivals: list[dict[str, Any]] = []
        newest: dict[tuple[str, str], dict[str, Any]] = {}
        for record in accepted:
            envelope, line_hash = record.envelope, sha256(record.line).hexdigest()
            kept = {
                "stream": stream.key,
                "seq": record.seq,
                "event_id": envelope.id,
                "type": envelope.type,
                "subject": envelope.subject,
                "line_hash": line_hash,
            }
            arrivals.append(kept)
            newest[envelope.type, envelope.subject] = {
                **kept,
                "origin": stream.origin,
                "version": envelope.sequence,
                "data": envelope.data,
            }
        await self._connection.execute(insert(arrival), arrivals)
        await self._connection.execute(
            insert(messaging_tables(arrival.metadata).outbox),
            [outbox_row(r.envelope, created_at=now, topic=topic) for r in accepted],
        )
        await self._replace_replicas(stream.origin, list(newest.values()))

    async def _replace_replicas(self, origin: str, rows: Sequence[dict[str, Any]]) -> None:
        """Put newer records in place of older ones; numbers of one stream only grow."""
        for start in range(0, len(rows), 100):
            slice_ = rows[start : start + 100]
            same = or_(
                *(
                    and_(replica.c.type == row["type"], replica.c.subject == row["subject"])
                    for row in slice_
                )
            )
            await self._connection.execute(
                delete(replica).where(replica.c.origin == origin).where(same)
            )
            await self._connection.execute(insert(replica), slice_)

    async def _keep_receipt(
        self, stream: Stream, frame: Frame, applied: Apply, receipt: Receipt, now: datetime
    ) -> None:
        await self._connection.execute(
            insert(arrived_frame),
            {
                "stream": stream.key,
                "first": applied.header.first,
                "last": applied.header.last,
                "header_hash": applied.header_hash,
                "header": frame.header,
                "signature": frame.signature,
                "receipt": receipt.body,
                "receipt_signature": receipt.signature,
                "applied_at": now,
            },
        )

    async def stop(self, stream: Stream, reason: str, detail: str, *, now: datetime) -> bool:
        """Note that a stream stands still; say whether it did not for this reason before."""
        changed = await self._connection.execute(
            update(incoming)
            .where(
                incoming.c.stream == stream.key,
                or_(incoming.c.stop_reason.is_(None), incoming.c.stop_reason != reason),
            )
            .values(stopped_at=now, stop_reason=reason, stop_detail=detail[:2_000])
        )
        return changed.rowcount > 0

    async def keep_refused(
        self, stream: Stream, frame: Frame, refused: Refused, *, now: datetime
    ) -> None:
        """Keep a refused frame whole, once for each reason: it is evidence."""
        same = (
            (refused_frame.c.stream == stream.key)
            & (refused_frame.c.header_hash == refused.header_hash)
            & (refused_frame.c.reason == refused.reason.value)
        )
        if await self._connection.scalar(select(refused_frame.c.id).where(same)) is not None:
            return
        await self._connection.execute(
            insert(refused_frame),
            {
                "stream": stream.key,
                "header_hash": refused.header_hash,
                "reason": refused.reason.value,
                "detail": refused.detail[:2_000],
                "known_hash": refused.known_hash,
                "header": frame.header,
                "signature": frame.signature,
                "value": frame.value,
                "refused_at": now,
            },
        )

    async def unsent_receipts(self, origin: str) -> list[tuple[str, int, Receipt]]:
        """Return receipts that the origin has not taken yet, oldest first."""
        rows = await self._connection.execute(
            select(arrived_frame)
            .join(incoming, incoming.c.stream == arrived_frame.c.stream)
            .where(incoming.c.origin == origin, arrived_frame.c.receipt_sent_at.is_(None))
            .order_by(arrived_frame.c.stream, arrived_frame.c.first)
            .limit(RECEIPTS_AT_ONCE)
        )
        return [
            (row.stream, row.first, Receipt(row.receipt, row.receipt_signature)) for row in rows
        ]

    async def receipts_sent(self, sent: Sequence[tuple[str, int]], *, now: datetime) -> None:
        for stream, first in sent:
            await self._connection.execute(
                update(arrived_frame)
                .where(arrived_frame.c.stream == stream, arrived_frame.c.first == first)
                .values(receipt_sent_at=now)
            )

    async def projection(self, stream: str) -> list[ProjectionRow]:
        """Return every record that came on a stream, as projection rows."""
        rows = await self._connection.execute(
            select(arrival.c.subject, arrival.c.type, arrival.c.seq, arrival.c.line_hash).where(
                arrival.c.stream == stream
            )
        )
        return [ProjectionRow(*row) for row in rows]

    async def set_aside_count(self, stream: str) -> int:
        rows = await self._connection.execute(
            select(set_aside.c.id).where(
                set_aside.c.stream == stream, set_aside.c.replayed_at.is_(None)
            )
        )
        return len(rows.all())

    async def replicas(
        self, event_type: str, *, origin: str | None, after: str, limit: int
    ) -> Sequence[Any]:
        """Return the newest records of a type by subject, those after `after`."""
        query = select(replica).where(replica.c.type == event_type, replica.c.subject > after)
        if origin is not None:
            query = query.where(replica.c.origin == origin)
        return (
            await self._connection.execute(query.order_by(replica.c.subject).limit(limit))
        ).all()
