"""How snapshots are kept: parts to be asked for, how far one was taken, what was signed."""

from collections.abc import AsyncIterator, Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.domain.frame import Frame
from services.exchange.domain.receipt import Receipt
from services.exchange.domain.snapshot import PARTS_MAX, Entry, OpenedPart, Taking, read_part
from services.exchange.domain.stream import Stream
from services.exchange.store.snapshot_tables import (
    arrived_part,
    snapshot_part,
    snapshot_taken,
    snapshot_taking,
)
from services.exchange.store.tables import egress, frame, outgoing

ROOT_BYTES = 32
ENTRIES_AT_ONCE = 50
"""Records that a snapshot is made of are read so many at once; each may have a megabyte."""


class TakenSnapshot(NamedTuple):
    """A snapshot that was taken here, for which the origin has no receipt yet."""

    stream: str
    seq: int
    receipt: Receipt


class CrossedPart(NamedTuple):
    """A part of a snapshot that came whole: the roots of all parts, the destination's receipt, and
    where that stands in the evidence log."""

    part: Frame
    roots: list[bytes]
    receipt: Receipt
    leaf: int


class Snapshots:
    """Snapshots of streams, given and taken, and what they replace."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def let_go(self, stream: Stream, *, before: datetime, limit: int) -> int:
        """Forget the values of up to `limit` frames closed before a moment, and every record of
        them that a later one of them replaced; return the last number let go, 0 for none."""
        kept_from = select(outgoing.c.kept_from).where(outgoing.c.stream == stream.key)
        old = (
            select(frame.c.last)
            .where(
                frame.c.stream == stream.key,
                frame.c.first >= kept_from.scalar_subquery(),
                frame.c.closed_at < before,
            )
            .order_by(frame.c.first)
            .limit(limit)
            .subquery()
        )
        last = await self._connection.scalar(select(func.max(old.c.last)))
        if last is None:
            return 0
        within = (egress.c.stream == stream.key) & (egress.c.seq <= last)
        newest = (
            select(func.max(egress.c.seq)).where(within).group_by(egress.c.type, egress.c.subject)
        )
        await self._connection.execute(delete(egress).where(within, egress.c.seq.not_in(newest)))
        await self._connection.execute(
            update(frame)
            .where(
                frame.c.stream == stream.key, frame.c.last <= last, func.length(frame.c.value) > 0
            )
            .values(value=b"")
        )
        await self._connection.execute(
            update(outgoing).where(outgoing.c.stream == stream.key).values(kept_from=last + 1)
        )
        return int(last)

    async def kept_from(self, stream: str) -> int:
        """Return the first number whose frame is still whole."""
        query = select(outgoing.c.kept_from).where(outgoing.c.stream == stream)
        return int(await self._connection.scalar(query) or 1)

    async def newest(
        self, stream: Stream, *, up_to: int, types: Collection[str]
    ) -> AsyncIterator[list[Entry]]:
        """Yield the newest record of each subject and type up to a number, in their order, some at
        a time: they need not all have room at once."""
        within = (egress.c.stream == stream.key) & (egress.c.seq <= up_to)
        seqs = (
            select(func.max(egress.c.seq))
            .where(within, egress.c.type.in_(types))
            .group_by(egress.c.type, egress.c.subject)
        )
        rows = await self._connection.stream(
            select(egress.c.seq, egress.c.line)
            .where(within, egress.c.seq.in_(seqs))
            .order_by(egress.c.seq),
            execution_options={"yield_per": ENTRIES_AT_ONCE},
        )
        async for some in rows.partitions():
            yield [Entry(row.seq, row.line) for row in some]

    async def add_part(self, stream: str, number: int, value: bytes, *, seq: int) -> None:
        """Keep one part's value; nobody sees it before the transaction has signed for it."""
        row = {
            "stream": stream,
            "number": number,
            "seq": seq,
            "header": b"",
            "signature": b"",
            "value": value,
        }
        await self._connection.execute(insert(snapshot_part), row)

    async def sign_parts(self, stream: str, signed: Iterable[tuple[bytes, bytes]]) -> None:
        """Give each part, in their order, its header and its signature."""
        rows = [
            {"of_number": number, "header": header, "signature": signature}
            for number, (header, signature) in enumerate(signed, start=1)
        ]
        await self._connection.execute(
            update(snapshot_part).where(
                snapshot_part.c.stream == stream, snapshot_part.c.number == bindparam("of_number")
            ),
            rows,
        )

    async def offered_up_to(self, stream: str) -> int:
        """Return up to which number a stream's snapshot goes, 0 where none is kept."""
        query = select(func.max(snapshot_part.c.seq)).where(snapshot_part.c.stream == stream)
        return int(await self._connection.scalar(query) or 0)

    async def parts(self, stream: str, *, after: int, limit: int) -> list[Frame]:
        """Return the next parts of a stream's snapshot."""
        rows = await self._connection.execute(
            select(snapshot_part.c.header, snapshot_part.c.signature, snapshot_part.c.value)
            .where(snapshot_part.c.stream == stream, snapshot_part.c.number > after)
            .order_by(snapshot_part.c.number)
            .limit(min(limit, PARTS_MAX))
        )
        return [Frame(*row) for row in rows]

    async def last_part(self, stream: str) -> Frame | None:
        """Return the last part of a stream's snapshot."""
        rows = await self._connection.execute(
            select(snapshot_part.c.header, snapshot_part.c.signature, snapshot_part.c.value)
            .where(snapshot_part.c.stream == stream)
            .order_by(snapshot_part.c.number.desc())
            .limit(1)
        )
        row = rows.one_or_none()
        return None if row is None else Frame(*row)

    async def withdraw(self, stream: str) -> None:
        """Forget a stream's snapshot."""
        await self._connection.execute(
            delete(snapshot_part).where(snapshot_part.c.stream == stream)
        )

    async def acknowledge(self, stream: str, seq: int, *, now: datetime) -> None:
        """Let a stream stand acknowledged up to a number: no frame of those waits for a receipt."""
        await self._connection.execute(
            update(frame)
            .where(frame.c.stream == stream, frame.c.last <= seq, frame.c.receipt_at.is_(None))
            .values(receipt_at=now)
        )
        await self._connection.execute(
            update(outgoing)
            .where(outgoing.c.stream == stream, outgoing.c.acknowledged_seq < seq)
            .values(acknowledged_seq=seq)
        )

    async def taking(self, stream: Stream) -> Taking:
        """Return how far a snapshot of an incoming stream was taken."""
        query = select(snapshot_taking).where(snapshot_taking.c.stream == stream.key)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return Taking()
        held = bytes(row.roots)
        roots = [held[at : at + ROOT_BYTES].hex() for at in range(0, len(held), ROOT_BYTES)]
        return Taking(row.snapshot, tuple(roots))

    async def keep_taking(self, stream: Stream, taking: Taking) -> None:
        """Note how far a snapshot was taken; an empty one notes that none is."""
        await self._connection.execute(
            delete(snapshot_taking).where(snapshot_taking.c.stream == stream.key)
        )
        if taking.roots:
            roots = b"".join(bytes.fromhex(root) for root in taking.roots)
            row = {"stream": stream.key, "snapshot": taking.snapshot, "roots": roots}
            await self._connection.execute(insert(snapshot_taking), row)

    async def keep_taken(
        self,
        stream: str,
        seq: int,
        last: Frame,
        receipt: Receipt,
        *,
        now: datetime,
        told_at: datetime | None = None,
    ) -> None:
        """Keep that a whole snapshot crossed; the first receipt stays."""
        known = select(snapshot_taken.c.seq).where(
            snapshot_taken.c.stream == stream, snapshot_taken.c.seq == seq
        )
        if await self._connection.scalar(known) is not None:
            return
        row = {
            "stream": stream,
            "seq": seq,
            "header": last.header,
            "signature": last.signature,
            "receipt": receipt.body,
            "receipt_signature": receipt.signature,
            "taken_at": now,
            "told_at": told_at,
        }
        await self._connection.execute(insert(snapshot_taken), row)

    async def keep_part(self, stream: Stream, part: Frame, opened: OpenedPart) -> None:
        """Keep a part as evidence; the first one takes the place of a snapshot that never ended."""
        header = opened.header
        if header.number == 1:
            ended = select(snapshot_taken.c.seq).where(snapshot_taken.c.stream == stream.key)
            await self._connection.execute(
                delete(arrived_part).where(
                    arrived_part.c.stream == stream.key, arrived_part.c.seq.not_in(ended)
                )
            )
        row = {
            "stream": stream.key,
            "seq": header.seq,
            "number": header.number,
            "last": opened.entries[-1].seq if opened.entries else 0,
            **part._asdict(),
        }
        await self._connection.execute(insert(arrived_part), row)

    async def crossed(self, stream: str, seq: int) -> CrossedPart | None:
        """Return the part in which a record came; None where none did, or is logged yet."""
        query = (
            select(arrived_part, snapshot_taken.c.receipt, snapshot_taken.c.receipt_signature)
            .add_columns(snapshot_taken.c.leaf)
            .join(
                snapshot_taken,
                (snapshot_taken.c.stream == arrived_part.c.stream)
                & (snapshot_taken.c.seq == arrived_part.c.seq),
            )
            .where(
                arrived_part.c.stream == stream,
                arrived_part.c.seq >= seq,
                arrived_part.c.last >= seq,
                snapshot_taken.c.leaf.is_not(None),
            )
            .order_by(arrived_part.c.seq, arrived_part.c.number)
            .limit(1)
        )
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return None
        headers = await self._connection.scalars(
            select(arrived_part.c.header)
            .where(arrived_part.c.stream == stream, arrived_part.c.seq == row.seq)
            .order_by(arrived_part.c.number)
        )
        return CrossedPart(
            Frame(row.header, row.signature, row.value),
            [bytes.fromhex(read_part(header).root) for header in headers],
            Receipt(row.receipt, row.receipt_signature),
            row.leaf,
        )

    async def is_with_destination(self, stream: Stream, seq: int) -> bool:
        """Say whether the destination has signed for a record of which it alone keeps the proof:
        the frame's value is let go here, or the record crossed in a snapshot."""
        snapshot = select(snapshot_taken.c.seq).where(
            snapshot_taken.c.stream == stream.key, snapshot_taken.c.seq >= seq
        )
        query = select(outgoing.c.stream).where(
            outgoing.c.stream == stream.key,
            outgoing.c.acknowledged_seq >= seq,
            or_(outgoing.c.kept_from > seq, snapshot.exists()),
        )
        return await self._connection.scalar(query) is not None

    async def untold(self, origin: str) -> list[TakenSnapshot]:
        """Return the snapshots of a peer's streams for which it has no receipt yet."""
        rows = await self._connection.execute(
            select(snapshot_taken)
            .where(
                snapshot_taken.c.stream.startswith(f"{origin}/"), snapshot_taken.c.told_at.is_(None)
            )
            .order_by(snapshot_taken.c.stream, snapshot_taken.c.seq)
        )
        return [
            TakenSnapshot(row.stream, row.seq, Receipt(row.receipt, row.receipt_signature))
            for row in rows
        ]

    async def told(self, taken: TakenSnapshot, *, now: datetime) -> None:
        """Note that the origin has the receipt, or does not want it any more."""
        await self._connection.execute(
            update(snapshot_taken)
            .where(snapshot_taken.c.stream == taken.stream, snapshot_taken.c.seq == taken.seq)
            .values(told_at=now)
        )
