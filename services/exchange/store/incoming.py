"""How incoming streams are kept: where each stands, and why one stands still."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.domain.receive import Apply
from services.exchange.domain.stream import GENESIS, Stream, StreamPosition
from services.exchange.store.tables import arrived_frame, incoming


class IncomingStream(NamedTuple):
    """A peer's stream as it stands here."""

    stream: str
    origin: str
    position: StreamPosition
    log_offset: int | None
    signed_at: datetime | None
    applied_at: datetime | None
    stop_reason: str | None
    stop_detail: str | None
    is_frozen: bool


class Incoming:
    """The streams that end at this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, stream: Stream) -> IncomingStream | None:
        """Return a stream as it stands, None when it was never met."""
        query = select(incoming).where(incoming.c.stream == stream.key)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _stream(row)

    async def all(self, origin: str | None = None) -> Sequence[IncomingStream]:
        query = select(incoming).order_by(incoming.c.stream)
        if origin is not None:
            query = query.where(incoming.c.origin == origin)
        return [_stream(row) for row in await self._connection.execute(query)]

    async def lock(self, stream: Stream, position: StreamPosition) -> bool:
        """Hold a stream until the transaction ends; say whether it still stands there."""
        row = (
            await self._connection.execute(
                select(incoming).where(incoming.c.stream == stream.key).with_for_update()
            )
        ).one_or_none()
        if row is None:  # met for the first time; what its document announces stands nowhere yet
            due = await self.epoch_due(stream.origin)
            return position == StreamPosition(epoch_allowed=position.epoch_allowed, epoch_due=due)
        return _stream(row).position == position

    async def meet(self, stream: Stream, position: StreamPosition = StreamPosition()) -> None:
        """Make a stream known that stands at 0, if it is not."""
        if await self.find(stream) is None:
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
                    "epoch_allowed": position.epoch_allowed,
                    "epoch_due": position.epoch_due,
                    "epoch_behind": position.epoch_behind,
                },
            )

    async def header_hash(self, stream: Stream, seq: int) -> str | None:
        """Return the hash of the header under which a record came."""
        row = (
            await self._connection.execute(
                select(arrived_frame.c.header_hash, arrived_frame.c.last)
                .where(arrived_frame.c.stream == stream.key, arrived_frame.c.first <= seq)
                .order_by(arrived_frame.c.first.desc())
                .limit(1)
            )
        ).one_or_none()
        return row.header_hash if row is not None and row.last >= seq else None

    async def move(
        self, stream: Stream, applied: Apply, *, log_offset: int | None, now: datetime
    ) -> None:
        """Let a stream stand behind an applied frame, and run again if it stood still."""
        await self.move_to(
            stream, applied.position, signed_at=applied.header.at, log_offset=log_offset, now=now
        )

    async def move_to(
        self,
        stream: Stream,
        position: StreamPosition,
        *,
        signed_at: datetime,
        log_offset: int | None = None,
        now: datetime,
    ) -> None:
        """Let a stream stand at a position, and run again if it stood still."""
        values = {
            "seq": position.seq,
            "chain": position.chain,
            "epoch": position.epoch,
            "epoch_allowed": position.epoch_allowed,
            "epoch_due": position.epoch_due,
            "epoch_behind": position.epoch_behind,
            "log_offset": func.coalesce(log_offset, incoming.c.log_offset),
            "applied_at": now,
            "signed_at": signed_at,
            "stopped_at": None,
            "stop_reason": None,
            "stop_detail": None,
        }
        moved = await self._connection.execute(
            update(incoming).where(incoming.c.stream == stream.key).values(values)
        )
        if moved.rowcount == 0:
            await self.meet(stream)
            await self._connection.execute(
                update(incoming).where(incoming.c.stream == stream.key).values(values)
            )

    async def read_to(self, offsets: Sequence[tuple[str, int]]) -> None:
        """Note how far a peer's log was read where nothing had to be applied."""
        for stream, offset in offsets:
            await self._connection.execute(
                update(incoming).where(incoming.c.stream == stream).values(log_offset=offset)
            )

    async def allow_epoch(self, origin: str, epoch: int) -> None:
        """Let streams of this origin begin the epoch that its document announces."""
        await self._connection.execute(
            update(incoming)
            .where(incoming.c.origin == origin, incoming.c.epoch < epoch)
            .values(epoch_allowed=epoch)
        )

    async def epoch_due(self, origin: str) -> int:
        """Return the newest epoch for which this origin has asked what is held here, else 1."""
        newest = select(func.max(incoming.c.epoch_due)).where(incoming.c.origin == origin)
        return (await self._connection.execute(newest)).scalar() or 1

    async def end_epochs(self, stream: Stream, *, before: int, framed: int) -> int:
        """Take no more frames of epochs before this one behind what is taken, or framed at the
        origin; return how far the stream is taken. An older question changes nothing."""
        await self.meet(stream, StreamPosition.unmet(announced=before, due=1))
        query = select(incoming).where(incoming.c.stream == stream.key).with_for_update()
        position = _stream((await self._connection.execute(query)).one()).position
        if position.epoch_due < before:
            await self._connection.execute(
                update(incoming)
                .where(incoming.c.stream == stream.key)
                .values(epoch_due=before, epoch_behind=max(position.seq, framed))
            )
        return position.seq

    async def stop(self, stream: Stream, reason: str, detail: str, *, now: datetime) -> bool:
        """Note that a stream stands still; say whether it did not for this reason before."""
        changed = await self._connection.execute(
            update(incoming)
            .where(
                incoming.c.stream == stream.key,
                or_(incoming.c.stop_reason.is_(None), incoming.c.stop_reason != reason),
                incoming.c.frozen_at.is_(None),
            )
            .values(stopped_at=now, stop_reason=reason, stop_detail=detail[:2_000])
        )
        return changed.rowcount > 0

    async def freeze(self, stream: str, at: datetime | None) -> bool:
        """Let a stream take nothing, or with None take frames again; say whether that is new."""
        is_frozen = incoming.c.frozen_at.is_not(None)
        changed = await self._connection.execute(
            update(incoming)
            .where(incoming.c.stream == stream, is_frozen if at is None else ~is_frozen)
            .values(frozen_at=at)
        )
        return changed.rowcount > 0


def _stream(row: Any) -> IncomingStream:
    return IncomingStream(
        row.stream,
        row.origin,
        StreamPosition(
            row.seq, row.chain, row.epoch, row.epoch_allowed, row.epoch_due, row.epoch_behind
        ),
        row.log_offset,
        row.signed_at,
        row.applied_at,
        row.stop_reason,
        row.stop_detail,
        row.frozen_at is not None,
    )
