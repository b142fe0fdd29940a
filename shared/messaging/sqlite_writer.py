"""Writing one service's event log: one SQLite file, one writer, durable before it returns.

Only the writer's connection commits and checkpoints, and every connection lives on one thread:
SQLite 3.7.0 to 3.51.2 can corrupt a WAL file when one connection checkpoints while another
commits. Everything here blocks; `sqlite_commit.py` keeps it off the event loop.
"""

import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from shared.messaging.bus import (
    TP,
    OutRecord,
    Position,
    ProducerFenced,
    PublishError,
    TopicMismatch,
    TopicSpec,
    partition_for,
)
from shared.messaging.sqlite_reader import BUSY_TIMEOUT_S, OFFSET_BITS, read_extents

PAGE_BYTES = 8_192
CACHE_KIB = 16_000
WAL_BYTES_MAX = 64 * 1024 * 1024
TRIM_SLICE = 1_000
_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS partition(
        tp INTEGER PRIMARY KEY, topic TEXT NOT NULL, part INTEGER NOT NULL,
        next_off INTEGER NOT NULL DEFAULT 0, start_off INTEGER NOT NULL DEFAULT 0,
        UNIQUE(topic, part))""",
    # id = tp << 40 | offset: one B-tree, no second index, no overflow page for a usual event.
    """CREATE TABLE IF NOT EXISTS record(
        id INTEGER PRIMARY KEY, ts INTEGER NOT NULL, key BLOB, value BLOB, headers BLOB)""",
    "CREATE TABLE IF NOT EXISTS producer(pid TEXT PRIMARY KEY, epoch INTEGER NOT NULL)",
)
_SYNCHRONOUS = ("off", "normal", "full", "extra")  # what SQLite's numbers mean
_encode_headers = msgspec.msgpack.Encoder().encode
_log = logging.getLogger(__name__)


class LogWriter:
    """The only connection that writes a log file. A newer writer of the same file fences it."""

    def __init__(self, path: Path, owner: str) -> None:
        self.path = path
        self.partitions: Mapping[str, int] = {}  # replaced, never changed: any thread may read it
        self._owner = owner
        self._epoch = 0
        self._tp_ids: dict[TP, int] = {}
        self._next: dict[int, int] = {}
        self._connection: sqlite3.Connection | None = None

    def open(self) -> None:
        """Create the file if needed and become its writer; older writers are fenced from now."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = self._connect()
        with _writing(connection):
            for statement in _SCHEMA:
                connection.execute(statement)
            row = connection.execute(
                "INSERT INTO producer VALUES(?, 1)"
                " ON CONFLICT(pid) DO UPDATE SET epoch = epoch + 1 RETURNING epoch",
                (self._owner,),
            ).fetchone()
        self._epoch = row[0]
        self._load(connection)
        _log.info(
            "event log open: %s epoch %d sqlite %s",
            self.path.name,
            self._epoch,
            sqlite3.sqlite_version,
        )

    def ensure(self, specs: Sequence[TopicSpec]) -> None:
        """Create missing topics, or raise TopicMismatch and create none."""
        connection = self._connect()
        with _writing(connection):
            self._refuse_if_fenced(connection)
            for spec in specs:
                _ensure_topic(connection, spec)
        self._load(connection)

    def reload(self) -> None:
        """Look again which topics there are; another writer of this owner may have added some."""
        self._load(self._connect())

    def append(self, records: Sequence[OutRecord], now_ms: int) -> list[Position]:
        """Write all records in one durable transaction, or raise PublishError and write none."""
        try:
            return self._append(records, now_ms)
        except sqlite3.Error as error:
            retriable = isinstance(error, sqlite3.OperationalError)
            # After an I/O error a connection's state is not worth trusting; the next call opens
            # another one, which keeps this writer's epoch.
            self.close()
            raise PublishError(
                f"{self.path.name}: {error}", retriable=retriable, failed=range(len(records))
            ) from error

    def _append(self, records: Sequence[OutRecord], now_ms: int) -> list[Position]:
        connection = self._connect()
        next_of, touched = self._next, dict[int, int]()
        rows, positions = [], []
        for record in records:
            topic, key = record.topic, record.key
            part = record.partition
            if part is None:
                part = partition_for(key, self.partitions[topic])
            tp_id = self._tp_ids[topic, part]  # type: ignore[index]
            offset = touched.get(tp_id, -1)
            if offset < 0:
                offset = next_of[tp_id]
            touched[tp_id] = offset + 1
            ts = now_ms if record.ts_ms is None else record.ts_ms
            headers = _encode_headers(record.headers) if record.headers else None
            rows.append((tp_id << OFFSET_BITS | offset, ts, key, record.value, headers))
            positions.append(Position(topic, part, offset))
        with _writing(connection):
            self._refuse_if_fenced(connection)
            connection.executemany("INSERT INTO record VALUES(?, ?, ?, ?, ?)", rows)
            connection.executemany(
                "UPDATE partition SET next_off = ? WHERE tp = ?",
                [(end, tp_id) for tp_id, end in touched.items()],
            )
        next_of.update(touched)
        return positions

    def trim(self, topic: str, older_than_ms: int) -> int:
        """Delete at most a slice per partition of what is older; return how many records went."""
        connection = self._connect()
        gone = 0
        for part in range(self.partitions[topic]):
            with _writing(connection):
                self._refuse_if_fenced(connection)
                gone += self._trim(connection, TP(topic, part), older_than_ms)
        return gone

    def _trim(self, connection: sqlite3.Connection, tp: TP, older_than_ms: int) -> int:
        extent = read_extents(connection, [tp.topic])[tp]
        first = extent.tp_id << OFFSET_BITS | extent.start
        end = min(first + TRIM_SLICE, extent.tp_id << OFFSET_BITS | extent.end)
        row = connection.execute(
            "SELECT min(id) FROM record WHERE id >= ? AND id < ? AND ts >= ?",
            (first, end, older_than_ms),
        ).fetchone()
        keep_from = end if row[0] is None else row[0]
        # The new start commits with the deletion, so no reader jumps over the hole unawares.
        connection.execute("DELETE FROM record WHERE id >= ? AND id < ?", (first, keep_from))
        connection.execute(
            "UPDATE partition SET start_off = ? WHERE tp = ?",
            (extent.start + keep_from - first, extent.tp_id),
        )
        return int(keep_from - first)

    def truncate_wal(self) -> None:
        """Give the disk back what a long-running reader made the write-ahead log grow to."""
        wal = self.path.with_name(self.path.name + "-wal")
        if wal.exists() and wal.stat().st_size > WAL_BYTES_MAX:
            self._connect().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def check(self) -> str:
        """Say what the log is, or raise ProducerFenced or sqlite3.Error."""
        connection = self._connect()
        self._refuse_if_fenced(connection)
        flushing = _SYNCHRONOUS[connection.execute("PRAGMA synchronous").fetchone()[0]]
        return (
            f"{self.path.name}, {len(self.partitions)} topics, epoch {self._epoch}, "
            f"synchronous {flushing}"
        )

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            for pragma in (
                f"page_size = {PAGE_BYTES}",
                "journal_mode = WAL",
                "synchronous = FULL",
                f"cache_size = -{CACHE_KIB}",
                "mmap_size = 0",
            ):
                connection.execute(f"PRAGMA {pragma}").fetchone()
            self._connection = connection
        return self._connection

    def _load(self, connection: sqlite3.Connection) -> None:
        extents = read_extents(connection, None)
        self._tp_ids = {tp: extent.tp_id for tp, extent in extents.items()}
        self._next = {extent.tp_id: extent.end for extent in extents.values()}
        counts: dict[str, int] = {}
        for tp in extents:
            counts[tp.topic] = counts.get(tp.topic, 0) + 1
        self.partitions = counts

    def _refuse_if_fenced(self, connection: sqlite3.Connection) -> None:
        row = connection.execute(
            "SELECT epoch FROM producer WHERE pid = ?", (self._owner,)
        ).fetchone()
        if row is None or row[0] != self._epoch:
            raise ProducerFenced(f"another process writes {self.path.name} now")


@contextmanager
def _writing(connection: sqlite3.Connection) -> Iterator[None]:
    """One write transaction: committed at the end, rolled back on any error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _ensure_topic(connection: sqlite3.Connection, spec: TopicSpec) -> None:
    query = "SELECT count(*) FROM partition WHERE topic = ?"
    (count,) = connection.execute(query, (spec.name,)).fetchone()
    if count == 0:
        connection.executemany(
            "INSERT INTO partition(topic, part) VALUES(?, ?)",
            [(spec.name, part) for part in range(spec.partitions)],
        )
    elif count != spec.partitions:
        raise TopicMismatch(
            f"{spec.name} has {count} partitions, not {spec.partitions}", topic=spec.name
        )
