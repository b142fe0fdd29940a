"""How the receipts that this hub gives are kept: until the frame's origin has taken them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.domain.frame import Frame
from services.exchange.domain.receipt import Receipt
from services.exchange.domain.receive import Apply
from services.exchange.domain.stream import Stream
from services.exchange.store.tables import arrived_frame, incoming

RECEIPTS_AT_ONCE = 200
RETRY_REFUSED = timedelta(minutes=10)
"""When a refused receipt is offered again: the origin may have learned a key of ours meanwhile."""


class Receipts:
    """Frames that were applied, and the receipt for each."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(
        self, stream: Stream, frames: Sequence[tuple[Frame, Apply, Receipt]], *, now: datetime
    ) -> None:
        rows = [
            {
                "stream": stream.key,
                "first": applied.header.first,
                "last": applied.header.last,
                "header_hash": applied.header_hash,
                "header": frame.header,
                "signature": frame.signature,
                "value": frame.value,
                "receipt": receipt.body,
                "receipt_signature": receipt.signature,
                "applied_at": now,
            }
            for frame, applied, receipt in frames
        ]
        await self._connection.execute(insert(arrived_frame), rows)

    async def unsent(self, origin: str, *, now: datetime) -> list[tuple[str, int, Receipt]]:
        """Return receipts that the origin has not taken yet, oldest first; those it has refused
        come again after RETRY_REFUSED, behind the others."""
        refused_at = arrived_frame.c.receipt_refused_at
        rows = await self._connection.execute(
            select(
                arrived_frame.c.stream,
                arrived_frame.c.first,
                arrived_frame.c.receipt,
                arrived_frame.c.receipt_signature,
            )
            .join(incoming, incoming.c.stream == arrived_frame.c.stream)
            .where(
                incoming.c.origin == origin,
                arrived_frame.c.receipt_sent_at.is_(None),
                or_(refused_at.is_(None), refused_at < now - RETRY_REFUSED),
            )
            .order_by(refused_at.is_not(None), arrived_frame.c.stream, arrived_frame.c.first)
            .limit(RECEIPTS_AT_ONCE)
        )
        return [
            (row.stream, row.first, Receipt(row.receipt, row.receipt_signature)) for row in rows
        ]

    async def sent(self, frames: Sequence[tuple[str, int]], *, now: datetime) -> None:
        for stream, first in frames:
            await self._set(stream, first, {"receipt_sent_at": now})

    async def refused(self, frames: Sequence[tuple[str, int, str]], *, now: datetime) -> None:
        """Note that the origin does not take these, and why."""
        for stream, first, reason in frames:
            values = {"receipt_refused_at": now, "receipt_refusal": reason[:40]}
            await self._set(stream, first, values)

    async def _set(self, stream: str, first: int, values: dict[str, object]) -> None:
        await self._connection.execute(
            update(arrived_frame)
            .where(arrived_frame.c.stream == stream, arrived_frame.c.first == first)
            .values(values)
        )
