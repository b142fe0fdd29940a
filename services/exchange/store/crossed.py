"""Frames that crossed, at either end, with their receipts: looked up by an event that is in one."""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.domain.frame import Frame
from services.exchange.domain.receipt import Receipt
from services.exchange.store.tables import arrival, arrived_frame, egress, frame, outgoing


class Crossing(NamedTuple):
    """Where an event crossed: its stream and its number there."""

    stream: str
    seq: int


class CrossedFrame(NamedTuple):
    """A frame, its receipt, and where both stand in the evidence log."""

    frame: Frame
    receipt: Receipt
    frame_leaf: int
    receipt_leaf: int


class CrossedFrames:
    """What was sent and what was taken."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def crossings(self, event_id: str) -> list[Crossing]:
        """Return the streams in which an event of any hub crossed.

        What came is searched row by row: an index on it would cost every record, and this is asked
        once in a while.
        """
        sent = select(egress.c.stream, egress.c.seq).where(
            egress.c.stream.in_(select(outgoing.c.stream)), egress.c.event_id == event_id
        )
        came = select(arrival.c.stream, arrival.c.seq).where(arrival.c.event_id == event_id)
        found = [
            Crossing(row.stream, row.seq)
            for query in (sent, came)
            for row in await self._connection.execute(query)
        ]
        return sorted(found)

    async def taken_after(
        self, stream: str, seq: int, *, limit: int
    ) -> list[tuple[Frame, Receipt]]:
        """Return the next frames of a stream that came here whole, with their receipts."""
        rows = await self._connection.execute(
            select(
                arrived_frame.c.header,
                arrived_frame.c.signature,
                arrived_frame.c.value,
                arrived_frame.c.receipt,
                arrived_frame.c.receipt_signature,
            )
            .where(
                arrived_frame.c.stream == stream,
                arrived_frame.c.last > seq,
                arrived_frame.c.value.is_not(None),
            )
            .order_by(arrived_frame.c.first)
            .limit(limit)
        )
        return [(Frame(*row[:3]), Receipt(*row[3:])) for row in rows.all()]

    async def find(self, crossing: Crossing, *, hub: str) -> CrossedFrame | None:
        """Return the frame of a record; None while its receipt or its place in the log is missing,
        where its value is not kept, or where the record came in a snapshot."""
        is_ours = crossing.stream.startswith(f"{hub}/")
        table = frame if is_ours else arrived_frame
        leaves = (
            (frame.c.frame_leaf, frame.c.receipt_leaf)
            if is_ours
            else (arrived_frame.c.leaf, arrived_frame.c.leaf + 1)
        )
        row = (
            await self._connection.execute(
                select(
                    table.c.header,
                    table.c.signature,
                    table.c.value,
                    table.c.receipt,
                    table.c.receipt_signature,
                    *leaves,
                )
                .where(
                    table.c.stream == crossing.stream,
                    table.c.first <= crossing.seq,
                    table.c.last >= crossing.seq,
                )
                .order_by(table.c.first.desc())
                .limit(1)
            )
        ).one_or_none()
        if row is None or None in tuple(row) or not row.value:
            return None
        return CrossedFrame(Frame(*row[:3]), Receipt(*row[3:5]), row[5], row[6])
