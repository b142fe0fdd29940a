"""Reading one service's event log: connections that can never write, and bounds that fit.

A reader opens the file read-only, sees every commit of the owner, and notices new ones through
SQLite's data_version. Everything here blocks; `sqlite_subscription.py` keeps it off the event loop.
"""

import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from shared.messaging.bus import (
    POLL_BYTES_MAX,
    TP,
    Batch,
    Headers,
    InRecord,
    OffsetOutOfRange,
    UnknownTopic,
)

OFFSET_BITS = 40  # a record's row id is partition id << 40 | offset
BUSY_TIMEOUT_S = 5.0
TIME_SLICE = 20_000
_decode_headers = msgspec.msgpack.Decoder(Headers).decode
_log = logging.getLogger(__name__)


class Extent(NamedTuple):
    """What the log holds of one partition: offsets from `start` up to, not including, `end`."""

    tp_id: int
    start: int
    end: int


class LogReader:
    """One reading connection. The owner may not have started yet; then there is nothing to see."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None
        self._version = -1
        self._complaint = ""

    def changed(self) -> bool:
        """Whether anything was committed, or the log appeared, since this was last asked."""
        connection = self._connect()
        if connection is None:
            return False
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        changed = version != self._version
        self._version = version
        return bool(changed)

    def extents(self, topics: Sequence[str]) -> dict[TP, Extent]:
        """Return what is there of these topics; a topic that does not exist yet is left out."""
        connection = self._connect()
        return {} if connection is None else read_extents(connection, topics)

    def fetch(self, positions: Mapping[TP, int], limit: int) -> list[Batch]:
        """Read on from these positions, up to `limit` records over all, or raise OffsetOutOfRange.

        Raises UnknownTopic for a partition that a topic does not have.
        """
        connection = self._connect()
        if connection is None or not positions:
            return []
        batches: list[Batch] = []
        room_bytes = POLL_BYTES_MAX
        with _snapshot(connection):
            extents = read_extents(connection, sorted({tp.topic for tp in positions}))
            for tp, position in positions.items():
                if not _within(tp, position, extents):
                    continue
                batch, size = _read(connection, tp, extents[tp], position, limit, room_bytes)
                batches.append(batch)
                limit -= len(batch.records)
                room_bytes -= size
                if limit <= 0 or room_bytes <= 0:
                    break
        return batches

    def offset_at(self, tp: TP, ts_ms: int, start: int) -> tuple[int | None, int | None]:
        """Search one slice of offsets: (the offset found, where the next slice begins)."""
        extent = self.extents([tp.topic]).get(tp)
        if self._connection is None or extent is None:
            raise UnknownTopic(tp.topic)
        start = max(start, extent.start)
        end = min(start + TIME_SLICE, extent.end)
        shift = extent.tp_id << OFFSET_BITS
        row = self._connection.execute(
            "SELECT min(id) FROM record WHERE id >= ? AND id < ? AND ts >= ?",
            (shift | start, shift | end, ts_ms),
        ).fetchone()
        if row[0] is not None:
            return row[0] - shift, None
        return None, end if end < extent.end else None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._version = -1

    def _connect(self) -> sqlite3.Connection | None:
        if self._connection is not None:
            return self._connection
        if not self.path.exists():
            return None
        uri = f"{self.path.absolute().as_uri()}?mode=ro"
        try:
            with closing(_open_reader(uri)) as probe:
                probe.execute("SELECT tp FROM partition LIMIT 1").fetchone()
            self._connection = _open_reader(uri)
        except sqlite3.OperationalError as error:
            # The owner is creating the file, or died and has not recovered it: nothing to see yet.
            if str(error) != self._complaint:
                _log.info("event log not readable yet: %s: %s", self.path.name, error)
            self._complaint = str(error)
            return None
        return self._connection


@contextmanager
def _snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """One read transaction, so that the bounds and the records belong together."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("COMMIT")


def _open_reader(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    connection.execute("PRAGMA wal_autocheckpoint = 0").fetchone()
    connection.execute("PRAGMA mmap_size = 0").fetchone()
    return connection


def read_extents(connection: sqlite3.Connection, topics: Sequence[str] | None) -> dict[TP, Extent]:
    query, values = (
        "SELECT topic, part, tp, start_off, next_off FROM partition",
        tuple(topics or ()),
    )
    if topics is not None:
        query += f" WHERE topic IN ({', '.join('?' * len(topics))})"
    rows = connection.execute(f"{query} ORDER BY tp", values)
    return {TP(topic, part): Extent(tp, start, end) for topic, part, tp, start, end in rows}


def _within(tp: TP, position: int, extents: Mapping[TP, Extent]) -> bool:
    """Whether there is something to read at `position`; raises when there never will be."""
    extent = extents.get(tp)
    if extent is None:
        if any(other.topic == tp.topic for other in extents):
            raise UnknownTopic(f"{tp.topic}/{tp.partition}")
        return False
    if not extent.start <= position <= extent.end:
        raise OffsetOutOfRange(tp, offset=position, low=extent.start, high=extent.end)
    return position < extent.end


def _read(
    connection: sqlite3.Connection, tp: TP, extent: Extent, position: int, limit: int, room: int
) -> tuple[Batch, int]:
    """Read records of one partition and their size in bytes; at least one, whatever its size."""
    topic, part = tp
    shift = extent.tp_id << OFFSET_BITS
    records: list[InRecord] = []
    size = 0
    with closing(connection.cursor()) as cursor:
        cursor.execute(
            "SELECT id, ts, key, value, headers FROM record WHERE id >= ? AND id < ?"
            " ORDER BY id LIMIT ?",
            (shift | position, shift | extent.end, limit),
        )
        for row_id, ts, key, value, packed in cursor:
            headers = _decode_headers(packed) if packed else ()
            records.append(InRecord(topic, key, value, headers, part, ts, row_id - shift))
            size += len(value or b"")
            if size >= room:
                break
    next_offset = records[-1].offset + 1 if records else extent.end
    return Batch(topic, part, records, next_offset, extent.end), size
