"""How records that came are kept: what came, the newest of each subject, what this hub is told.

On PostgreSQL records come by one COPY into a staging table of the session, from which one statement
gives each table what it needs; on SQLite rows are inserted table by table. Once in a transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import insert, or_, select, text
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.domain.projection import Row as ProjectionRow
from services.exchange.domain.records import Accepted
from services.exchange.domain.stream import Stream
from services.exchange.store.tables import arrival, replica, set_aside
from shared.db.copy import can_copy, copy_rows
from shared.db.tables import messaging_tables

COLUMNS = (
    "seq",
    "event_id",
    "type",
    "subject",
    "line_hash",
    "version",
    "attributes",
    "data",
    "told",
)
ARRIVAL_COLUMNS = COLUMNS[:5]
UNKEPT = frozenset({"attributes", "told"})
"""What of a record is not for its replica."""
STAGING = text(
    """
    CREATE TEMP TABLE IF NOT EXISTS arriving (
        seq bigint, event_id text, type text, subject text, line_hash text, version bigint,
        attributes bytea, data bytea, told boolean
    ) ON COMMIT DELETE ROWS
    """
)
KEEP_STAGED = text(
    """
    WITH kept AS (
        INSERT INTO arrival (stream, seq, event_id, type, subject, line_hash, data_hash)
        SELECT CAST(:stream AS text), seq, event_id, type, subject, line_hash,
               encode(sha256(data), 'hex')
        FROM arriving
    ), told AS (
        INSERT INTO outbox (event_id, topic, key, attributes, data, created_at, attempts)
        SELECT event_id, CAST(:topic AS text), subject, attributes, data,
               CAST(:now AS timestamptz), 0
        FROM arriving WHERE told ORDER BY seq
        ON CONFLICT (event_id) DO NOTHING
    )
    INSERT INTO replica (origin, type, subject, stream, seq, version, event_id, line_hash, data)
    SELECT DISTINCT ON (type, subject) CAST(:origin AS text), type, subject,
           CAST(:stream AS text), seq, version, event_id, line_hash, data
    FROM arriving ORDER BY type, subject, seq DESC
    ON CONFLICT (origin, type, subject) DO UPDATE SET
        stream = excluded.stream, seq = excluded.seq, version = excluded.version,
        event_id = excluded.event_id, line_hash = excluded.line_hash, data = excluded.data
    WHERE replica.stream <> excluded.stream OR replica.seq < excluded.seq
    """
)
"""An event that waits in the outbox already is not told twice: hearers would drop the second."""


class Arrivals:
    """The records that peers shared."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, stream: Stream, records: Sequence[Accepted], *, now: datetime) -> None:
        """Keep accepted records of one stream, and tell this hub's services of them in order."""
        if not records:
            return
        topic = f"{stream.origin}.{stream.service}.events"
        if can_copy(self._connection):
            await self._copy(stream, records, topic, now)
        else:
            await self._insert(stream, records, topic, now)

    async def _copy(
        self, stream: Stream, records: Sequence[Accepted], topic: str, now: datetime
    ) -> None:
        await self._connection.execute(STAGING)
        rows = map(_kept, records)  # each is gone before the next is made
        await copy_rows(self._connection, "arriving", columns=COLUMNS, rows=rows)
        asked = {"stream": stream.key, "topic": topic, "now": now, "origin": stream.origin}
        await self._connection.execute(KEEP_STAGED, asked)

    async def _insert(
        self, stream: Stream, records: Sequence[Accepted], topic: str, now: datetime
    ) -> None:
        rows = [dict(zip(COLUMNS, _kept(record), strict=True)) for record in records]
        kept = [
            {name: row[name] for name in ARRIVAL_COLUMNS}
            | {"data_hash": sha256(row["data"]).hexdigest()}
            for row in rows
        ]
        await self._connection.execute(
            insert(arrival), [{"stream": stream.key, **row} for row in kept]
        )
        outbox = messaging_tables(arrival.metadata).outbox
        told = [
            {
                "event_id": row["event_id"],
                "topic": topic,
                "key": row["subject"],
                "attributes": row["attributes"],
                "data": row["data"],
                "created_at": now,
                "attempts": 0,
            }
            for row in rows
            if row["told"]
        ]
        if told:
            await self._connection.execute(
                sqlite_insert(outbox).on_conflict_do_nothing(index_elements=[outbox.c.event_id]),
                told,
            )
        newest = {(row["type"], row["subject"]): row for row in rows}
        await self._connection.execute(
            _replace_replica(),
            [
                {
                    "origin": stream.origin,
                    "stream": stream.key,
                    **{name: value for name, value in row.items() if name not in UNKEPT},
                }
                for row in newest.values()
            ],
        )

    async def known(self, stream: Stream, first: int, last: int) -> frozenset[int]:
        """Return which numbers of a range have come, or were set aside."""
        found: set[int] = set()
        for table in (arrival, set_aside):
            # A range, for the index: a list is as long as a part, and read against every row.
            query = select(table.c.seq).where(
                table.c.stream == stream.key, table.c.seq.between(first, last)
            )
            found |= set(await self._connection.scalars(query))
        return frozenset(found)

    async def projection(self, stream: str) -> list[ProjectionRow]:
        """Return the newest record of each subject and type of a stream, as the replicas hold it:
        an altered one shows the hash of what is there, one that is gone is left out."""
        same = (arrival.c.stream == replica.c.stream) & (arrival.c.seq == replica.c.seq)
        held = await self._connection.execute(
            select(
                replica.c.subject,
                replica.c.type,
                replica.c.seq,
                replica.c.line_hash,
                replica.c.data,
                arrival.c.data_hash,
            )
            .join_from(replica, arrival, same, isouter=True)
            .where(replica.c.stream == stream)
        )
        rows = [ProjectionRow(row.subject, row.type, row.seq, _held_hash(row)) for row in held]
        return rows + await self._moved(stream)

    async def _moved(self, stream: str) -> list[ProjectionRow]:
        """Return the records of a stream whose subjects have newer ones in another stream, as after
        the number of partitions was changed."""
        subject = (
            (replica.c.origin == stream.split("/", 1)[0])
            & (replica.c.type == arrival.c.type)
            & (replica.c.subject == arrival.c.subject)
        )
        rows = await self._connection.execute(
            select(arrival.c.subject, arrival.c.type, arrival.c.seq, arrival.c.line_hash)
            .join_from(arrival, replica, subject)
            .where(arrival.c.stream == stream, replica.c.stream != stream)
        )
        return [ProjectionRow(*row) for row in rows]

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


def _held_hash(row: Any) -> str:
    """The hash of the record's line, or of its data where that is not what came."""
    found = sha256(row.data).hexdigest()
    return row.line_hash if row.data_hash in ("", None, found) else found


def _kept(record: Accepted) -> tuple[Any, ...]:
    envelope = record.envelope
    return (
        record.seq,
        envelope.id,
        envelope.type,
        envelope.subject,
        record.leaf.hex(),
        envelope.sequence,
        envelope.encoded_attributes(),
        envelope.data,
        record.is_whole,
    )


def _replace_replica() -> Any:
    """Put a newer record in place of an older one; numbers of one stream only grow."""
    statement = sqlite_insert(replica)
    new = statement.excluded
    columns = ("stream", "seq", "version", "event_id", "line_hash", "data")
    return statement.on_conflict_do_update(
        index_elements=[replica.c.origin, replica.c.type, replica.c.subject],
        set_={name: new[name] for name in columns},
        where=or_(replica.c.stream != new.stream, replica.c.seq < new.seq),
    )
