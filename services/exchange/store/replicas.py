"""What peers' records say now, and what they said at a moment: only their owners write them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.store.snapshot_tables import snapshot_taken
from services.exchange.store.tables import arrival, arrived_frame, incoming, replica, set_aside


class Replica(NamedTuple):
    """The newest record of one type about one subject. `data` is None where only its hash is left:
    a record of before this hub kept whole frames."""

    origin: str
    type: str
    subject: str
    stream: str
    seq: int
    version: int
    event_id: str
    line_hash: str
    data: bytes | None


class Came(NamedTuple):
    """One record as it came: its number, what it was, and the hash of its line."""

    stream: str
    seq: int
    subject: str
    event_id: str
    line_hash: str


class Replicas:
    """The newest record of each origin, type and subject."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(
        self,
        event_type: str,
        *,
        origin: str | None,
        subject: str | None,
        after: tuple[str, str],
        limit: int,
    ) -> Sequence[Replica]:
        """Return the newest records of a type by origin and subject, those after the two named."""
        place = tuple_(replica.c.origin, replica.c.subject)
        query = select(*(replica.c[name] for name in Replica._fields)).where(
            replica.c.type == event_type, place > tuple_(*after)
        )
        if origin is not None:
            query = query.where(replica.c.origin == origin)
        if subject is not None:
            query = query.where(replica.c.subject == subject)
        ordered = query.order_by(replica.c.origin, replica.c.subject).limit(limit)
        return [Replica(*row) for row in await self._connection.execute(ordered)]

    async def heads_at(self, area: str, at: datetime) -> Mapping[str, int]:
        """Return how far each stream of an area had been applied at a moment."""
        streams = await self._connection.scalars(
            select(incoming.c.stream).where(incoming.c.area == area)
        )
        heads = {}
        for stream in streams.all():
            last = await self._connection.scalar(
                select(arrived_frame.c.last)
                .where(arrived_frame.c.stream == stream, arrived_frame.c.applied_at <= at)
                .order_by(arrived_frame.c.first.desc())
                .limit(1)
            )
            snapshot = await self._connection.scalar(
                select(func.max(snapshot_taken.c.seq)).where(
                    snapshot_taken.c.stream == stream, snapshot_taken.c.taken_at <= at
                )
            )
            if last is not None or snapshot is not None:
                heads[stream] = max(int(last or 0), int(snapshot or 0))
        return heads

    async def came_by(
        self, event_type: str, subjects: Collection[str], heads: Mapping[str, int], at: datetime
    ) -> list[Came]:
        """Return the newest record of each of these subjects in each stream up to its head.

        What was set aside and replayed later had not come yet. Streams are read through, as no
        index tells subjects: it would cost every record that comes, and this is asked seldom.
        """
        within = [and_(arrival.c.stream == s, arrival.c.seq <= n) for s, n in heads.items()]
        if not within or not subjects:
            return []
        waited = (
            select(set_aside.c.id)
            .where(
                set_aside.c.stream == arrival.c.stream,
                set_aside.c.seq == arrival.c.seq,
                set_aside.c.replayed_at > at,
            )
            .exists()
        )
        newest = (
            select(arrival.c.stream, func.max(arrival.c.seq).label("seq"))
            .where(
                or_(*within), arrival.c.type == event_type, arrival.c.subject.in_(subjects), ~waited
            )
            .group_by(arrival.c.stream, arrival.c.subject)
            .subquery()
        )
        same = (arrival.c.stream == newest.c.stream) & (arrival.c.seq == newest.c.seq)
        rows = await self._connection.execute(
            select(*(arrival.c[name] for name in Came._fields)).join_from(arrival, newest, same)
        )
        return [Came(*row) for row in rows]

    async def frame_of(self, stream: str, seq: int) -> tuple[int, int, bytes | None, datetime]:
        """Return the first and last number of the frame in which a record came, its value, and
        when it was applied; what came in a snapshot has that one's time and no value."""
        row = (
            await self._connection.execute(
                select(
                    arrived_frame.c.first,
                    arrived_frame.c.last,
                    arrived_frame.c.value,
                    arrived_frame.c.applied_at,
                )
                .where(
                    arrived_frame.c.stream == stream,
                    arrived_frame.c.first <= seq,
                    arrived_frame.c.last >= seq,
                )
                .order_by(arrived_frame.c.first.desc())
                .limit(1)
            )
        ).one_or_none()
        if row is not None:
            return row.first, row.last, row.value, row.applied_at
        taken_at = await self._connection.scalar(
            select(func.min(snapshot_taken.c.taken_at)).where(
                snapshot_taken.c.stream == stream, snapshot_taken.c.seq >= seq
            )
        )
        assert taken_at is not None, "a record comes in a frame or in a snapshot"
        return seq, seq, None, taken_at
