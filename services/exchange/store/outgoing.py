"""How outgoing streams are kept: numbered records, signed frames, receipts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.domain.frame import Frame, Header
from services.exchange.domain.projection import Row as ProjectionRow
from services.exchange.domain.receipt import Receipt
from services.exchange.domain.stream import GENESIS, Stream, StreamPosition
from services.exchange.store.tables import contract, egress, frame, outgoing, peer


class Numbered(NamedTuple):
    """A record about to get its number."""

    event_id: str
    type: str
    subject: str
    line_hash: str
    line: bytes


def _is_open() -> ColumnElement[bool]:
    """Whether any agreement lets something of a stream's area cross now; else its frames stay."""
    covering = contract.c.event_type.like(outgoing.c.area.concat(".%"))
    return exists().where(
        contract.c.peer == outgoing.c.dest, covering, contract.c.suspended_at.is_(None)
    )


class OutgoingStream(NamedTuple):
    """A stream that starts here: what was numbered last, and where its frames stand."""

    stream: Stream
    last_seq: int
    acknowledged_seq: int
    produced_seq: int
    position: StreamPosition
    stop_reason: str | None
    stop_detail: str | None


class StoredFrame(NamedTuple):
    """A frame as it was signed."""

    stream: str
    first: int
    header_hash: str
    frame: Frame


class Outgoing:
    """The streams that start at this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def number(self, stream: Stream, records: Sequence[Numbered]) -> int:
        """Give records the next dense numbers of a stream; return the last one given."""
        query = select(outgoing.c.last_seq, outgoing.c.epoch).where(outgoing.c.stream == stream.key)
        found = (await self._connection.execute(query.with_for_update())).one_or_none()
        if found is None:
            await self._connection.execute(insert(outgoing), _new(stream))
        elif found.epoch > 1:  # after a restore, services say again what was taken back from peers
            records = await self._unknown(stream, records)
        last = found.last_seq if found else 0
        if not records:
            return int(last)
        rows = [
            {"stream": stream.key, "seq": last + index, **record._asdict()}
            for index, record in enumerate(records, start=1)
        ]
        await self._connection.execute(insert(egress), rows)
        end = int(last) + len(rows)
        await self._connection.execute(
            update(outgoing).where(outgoing.c.stream == stream.key).values(last_seq=end)
        )
        return end

    async def _unknown(self, stream: Stream, records: Sequence[Numbered]) -> list[Numbered]:
        """Return those of the records that the stream does not have yet."""
        ids = [record.event_id for record in records]
        rows = await self._connection.execute(
            select(egress.c.event_id).where(
                egress.c.stream == stream.key, egress.c.event_id.in_(ids)
            )
        )
        known = {row.event_id for row in rows}
        return [record for record in records if record.event_id not in known]

    async def is_waiting(self, *, epoch: int) -> bool:
        """Say whether any record is in no frame yet, in a stream that has come to this epoch; takes
        no lock."""
        query = select(outgoing.c.stream).where(
            outgoing.c.last_seq > outgoing.c.framed_seq, outgoing.c.epoch >= epoch
        )
        return await self._connection.scalar(query.limit(1)) is not None

    async def unframed(self, *, epoch: int) -> Sequence[OutgoingStream]:
        """Return the streams with records that no frame holds yet, locked; those that have not
        come to this epoch wait for what peers hold of them."""
        rows = await self._connection.execute(
            select(outgoing)
            .where(outgoing.c.last_seq > outgoing.c.framed_seq, outgoing.c.epoch >= epoch)
            .order_by(outgoing.c.stream)
            .with_for_update()
        )
        return [_stream(row) for row in rows]

    async def all(self) -> Sequence[OutgoingStream]:
        rows = await self._connection.execute(select(outgoing).order_by(outgoing.c.stream))
        return [_stream(row) for row in rows]

    async def lock(self, stream: Stream) -> StreamPosition:
        """Hold a stream until the transaction ends, made known if it is not; return where its
        frames stand."""
        query = select(outgoing).where(outgoing.c.stream == stream.key).with_for_update()
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            await self._connection.execute(insert(outgoing), _new(stream))
            return StreamPosition()
        return _stream(row).position

    async def withdraw(self, stream: Stream, position: StreamPosition) -> list[Numbered]:
        """Take the numbers back of records that are in no frame, the stream being locked; return
        those records in their order."""
        behind = (egress.c.stream == stream.key) & (egress.c.seq > position.seq)
        rows = await self._connection.execute(
            select(
                egress.c.event_id,
                egress.c.type,
                egress.c.subject,
                egress.c.line_hash,
                egress.c.line,
            )
            .where(behind)
            .order_by(egress.c.seq)
        )
        records = [Numbered(*row) for row in rows]
        await self._connection.execute(delete(egress).where(behind))
        await self._connection.execute(
            update(outgoing).where(outgoing.c.stream == stream.key).values(last_seq=position.seq)
        )
        return records

    async def begin_epoch(self, stream: Stream, epoch: int) -> None:
        """Let a stream's next frames be of this epoch."""
        await self._connection.execute(
            update(outgoing).where(outgoing.c.stream == stream.key).values(epoch=epoch)
        )

    async def lines_after(self, stream: Stream, seq: int, *, limit: int) -> list[bytes]:
        """Return the lines that follow a number, in order."""
        rows = await self._connection.execute(
            select(egress.c.line)
            .where(egress.c.stream == stream.key, egress.c.seq > seq)
            .order_by(egress.c.seq)
            .limit(limit)
        )
        return [row.line for row in rows]

    async def keep_frame(
        self, stream: Stream, made: Frame, *, after: StreamPosition, first: int, now: datetime
    ) -> None:
        """Keep a signed frame and move the stream's head to it."""
        await self._connection.execute(
            insert(frame),
            {
                "stream": stream.key,
                "first": first,
                "last": after.seq,
                "header_hash": after.chain,
                "header": made.header,
                "signature": made.signature,
                "value": made.value,
                "closed_at": now,
            },
        )
        await self._connection.execute(
            update(outgoing)
            .where(outgoing.c.stream == stream.key)
            .values(
                framed_seq=after.seq,
                chain=after.chain,
                stopped_at=None,
                stop_reason=None,
                stop_detail=None,
            )
        )

    async def stop(self, stream: Stream, reason: str, detail: str, *, now: datetime) -> bool:
        """Note that no frame of a stream can be closed; say whether that is new."""
        changed = await self._connection.execute(
            update(outgoing)
            .where(outgoing.c.stream == stream.key, outgoing.c.stop_reason.is_(None))
            .values(stopped_at=now, stop_reason=reason, stop_detail=detail[:2_000])
        )
        return changed.rowcount > 0

    async def frames_after(
        self,
        dest: str,
        positions: Mapping[str, int],
        *,
        held: Collection[str] = (),
        limit: int,
    ) -> list[Frame]:
        """Return the next frames of every stream towards `dest` that is open and not held, in
        order, `limit` of each."""
        streams = await self._connection.execute(
            select(outgoing.c.stream, outgoing.c.framed_seq, outgoing.c.kept_from)
            .where(outgoing.c.dest == dest, _is_open())
            .order_by(outgoing.c.stream)
        )
        found: list[Frame] = []
        for stream in streams.all():
            after = positions.get(stream.stream, 0)
            if stream.framed_seq <= after or stream.stream in held or after + 1 < stream.kept_from:
                continue
            rows = await self._connection.execute(
                select(frame.c.header, frame.c.signature, frame.c.value)
                .where(frame.c.stream == stream.stream, frame.c.last > after)
                .order_by(frame.c.first)
                .limit(limit)
            )
            found += [Frame(row.header, row.signature, row.value) for row in rows]
        return found

    async def behind(
        self, dest: str, positions: Mapping[str, int], *, held: Collection[str] = (), limit: int
    ) -> list[str]:
        """Return the open streams whose next frame for `dest` is no longer kept."""
        streams = await self._connection.execute(
            select(outgoing.c.stream, outgoing.c.kept_from)
            .where(outgoing.c.dest == dest, outgoing.c.kept_from > 1, _is_open())
            .order_by(outgoing.c.stream)
        )
        behind = [
            row.stream
            for row in streams
            if positions.get(row.stream, 0) + 1 < row.kept_from and row.stream not in held
        ]
        return behind[:limit]

    async def is_open(self, stream: str) -> bool:
        """Say whether anything agreed lets a stream's records cross now."""
        query = select(outgoing.c.stream).where(outgoing.c.stream == stream, _is_open())
        return await self._connection.scalar(query) is not None

    async def frames_between(
        self, stream: str, first: int, last: int, *, limit: int
    ) -> list[Frame]:
        """Return the frames that hold any record of a range, in order, up to `limit`."""
        rows = await self._connection.execute(
            select(frame.c.header, frame.c.signature, frame.c.value)
            .join(outgoing, outgoing.c.stream == frame.c.stream)
            .where(
                frame.c.stream == stream,
                frame.c.last >= first,
                frame.c.first <= last,
                frame.c.first >= outgoing.c.kept_from,
                _is_open(),
            )
            .order_by(frame.c.first)
            .limit(limit)
        )
        return [Frame(row.header, row.signature, row.value) for row in rows]

    async def unproduced(self, *, limit: int) -> list[tuple[Stream, int, Frame]]:
        """Return the frames that are not on Kafka yet, with the last number of each: up to `limit`
        of every stream, in order. A suspended peer's wait."""
        waiting = await self._connection.execute(
            select(outgoing)
            .join(peer, peer.c.hub == outgoing.c.dest)
            .where(
                outgoing.c.framed_seq > outgoing.c.produced_seq,
                peer.c.suspended_at.is_(None),
                _is_open(),
            )
            .order_by(outgoing.c.stream)
        )
        found = []
        for row in waiting.all():
            stream = _stream(row).stream
            frames = await self._connection.execute(
                select(frame.c.last, frame.c.header, frame.c.signature, frame.c.value)
                .where(
                    frame.c.stream == stream.key,
                    frame.c.first > row.produced_seq,
                    frame.c.first >= row.kept_from,
                )
                .order_by(frame.c.first)
                .limit(limit)
            )
            found += [(stream, f.last, Frame(f.header, f.signature, f.value)) for f in frames]
        return found

    async def produced(self, heads: Mapping[str, int]) -> None:
        """Note the last number of each stream that is on Kafka; never moves back."""
        for stream, last in heads.items():
            await self._connection.execute(
                update(outgoing)
                .where(outgoing.c.stream == stream, outgoing.c.produced_seq < last)
                .values(produced_seq=last)
            )

    async def find_frame(self, stream: str, first: int) -> StoredFrame | None:
        row = (
            await self._connection.execute(
                select(frame).where(frame.c.stream == stream, frame.c.first == first)
            )
        ).one_or_none()
        if row is None:
            return None
        kept = Frame(row.header, row.signature, row.value)
        return StoredFrame(row.stream, row.first, row.header_hash, kept)

    async def acknowledge(
        self, stored: StoredFrame, header: Header, receipt: Receipt, *, now: datetime
    ) -> None:
        """Keep the destination's first receipt for a frame: it may be logged already, and a hub
        restored from a backup gives another."""
        here = (
            (frame.c.stream == stored.stream)
            & (frame.c.first == stored.first)
            & frame.c.receipt.is_(None)
        )
        await self._connection.execute(
            update(frame)
            .where(here)
            .values(receipt=receipt.body, receipt_signature=receipt.signature, receipt_at=now)
        )
        await self._connection.execute(
            update(outgoing)
            .where(outgoing.c.stream == stored.stream, outgoing.c.acknowledged_seq < header.last)
            .values(acknowledged_seq=header.last)
        )

    async def unacknowledged_since(self) -> dict[str, datetime]:
        """Return when the oldest frame of each stream was closed that has no receipt yet."""
        rows = await self._connection.execute(
            select(frame.c.stream, func.min(frame.c.closed_at).label("since"))
            .where(frame.c.receipt_at.is_(None))
            .group_by(frame.c.stream)
        )
        return {row.stream: row.since for row in rows}

    async def projection(self, stream: str, *, up_to: int) -> list[ProjectionRow]:
        """Return every record of a stream up to a number, as projection rows."""
        rows = await self._connection.execute(
            select(egress.c.subject, egress.c.type, egress.c.seq, egress.c.line_hash).where(
                egress.c.stream == stream, egress.c.seq <= up_to
            )
        )
        return [ProjectionRow(*row) for row in rows]


def _new(stream: Stream) -> dict[str, object]:
    return {
        "stream": stream.key,
        "dest": stream.dest,
        "area": stream.area,
        "partition": stream.partition,
        "last_seq": 0,
        "framed_seq": 0,
        "produced_seq": 0,
        "acknowledged_seq": 0,
        "chain": GENESIS,
        "epoch": 1,
    }


def _stream(row: Row[*tuple[object, ...]]) -> OutgoingStream:
    origin = row.stream.split("/", 1)[0]
    return OutgoingStream(
        Stream(origin, row.dest, row.area, row.partition),
        row.last_seq,
        row.acknowledged_seq,
        row.produced_seq,
        StreamPosition(seq=row.framed_seq, chain=row.chain, epoch=row.epoch),
        row.stop_reason,
        row.stop_detail,
    )
