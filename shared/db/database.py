"""One service's database: SQLite with a single writer, or PostgreSQL with a pool.

SQLite has one writing connection per file, because a checkpoint on one connection during a commit
on another can corrupt a WAL file before 3.51.3; readers open the file read-only. See
https://sqlite.org/wal.html.
"""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
from asyncpg import InterfaceError as DriverError
from asyncpg import PostgresConnectionError
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    DBAPIError,
    DisconnectionError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from shared.db.one_hop import OneHopConnection
from shared.kernel.errors import Unavailable

SQLITE_BUSY_MS = 5_000
SQLITE_READERS_MAX = 4
POSTGRES_CONNECTIONS_MAX = 10
WAIT_FOR_CONNECTION_S = 10
STATEMENT_S_MAX = 30
CONNECTION_S_MAX = 240
"""No connection is used for longer: what lies between may forget one that was quiet for a while."""
TRY_AGAIN = frozenset(
    {"40P01", "40001", "53000", "53100", "53200", "53300", "57P01", "57P02", "57P03", "58030"}
)
"""PostgreSQL's words for "not now", where nothing happened: deadlock_detected and
serialization_failure; insufficient_resources, disk_full, out_of_memory, too_many_connections and
io_error; a server that shuts down, crashed or is starting up, as for a while after a kill."""


class DatabaseUnavailable(Unavailable):
    """The database does not answer; nothing was changed, try again."""

    code = "database-unavailable"


class Database:
    """Opens transactions; knows which of the two databases it talks to and nobody else does."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._opened: list[OneHopConnection] = []
        if self.is_sqlite:
            path = Path(self.url.database or "")
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._sqlite_engine(str(path), writer=True)
            self._reader = self._sqlite_engine(f"file:{path}?mode=ro", writer=False)
        else:
            self._writer = create_async_engine(
                self.url,
                pool_size=POSTGRES_CONNECTIONS_MAX,
                max_overflow=0,
                pool_timeout=WAIT_FOR_CONNECTION_S,
                pool_recycle=CONNECTION_S_MAX,
                hide_parameters=True,
                json_deserializer=msgspec.json.decode,
                connect_args={"timeout": 5, "command_timeout": STATEMENT_S_MAX},
            )
            event.listen(self._writer.sync_engine, "checkout", _check_open)
            # One snapshot per look, as SQLite gives: no answer may mix what was and what is.
            self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ")

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Open a writing transaction: commits at the end, rolls back on any exception."""
        with _translated():
            async with self._writer.begin() as connection:
                yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads."""
        with _translated():
            async with self._reader.connect() as connection:
                yield connection

    @property
    def engine(self) -> AsyncEngine:
        """The writing engine, for migrations and session-long locks."""
        return self._writer

    async def stop(self) -> None:
        """Close every connection, also one whose user was cancelled before it came back."""
        await self._reader.dispose()
        await self._writer.dispose()
        for connection in self._opened:
            with suppress(ValueError):  # it is being closed by whoever gave it up
                await connection.close()

    def _sqlite_engine(self, path: str, *, writer: bool) -> AsyncEngine:
        async def connect() -> OneHopConnection:
            connection = OneHopConnection(
                lambda: sqlite3.connect(
                    path,
                    uri=not writer,
                    factory=_Writer if writer else _Reader,
                    isolation_level=None,
                )
            )
            await connection
            self._opened.append(connection)
            return connection

        engine = create_async_engine(
            "sqlite+aiosqlite://",
            async_creator=connect,
            poolclass=AsyncAdaptedQueuePool,
            pool_size=1 if writer else SQLITE_READERS_MAX,
            max_overflow=0,
            pool_timeout=WAIT_FOR_CONNECTION_S,
            hide_parameters=True,  # they may be somebody's personal data
            json_deserializer=msgspec.json.decode,
        )

        @event.listens_for(engine.sync_engine, "begin")
        def on_begin(connection: Any) -> None:
            sqlite = connection.connection.driver_connection
            sqlite.open_with("BEGIN IMMEDIATE" if writer else "BEGIN")

        return engine


def _check_open(connection: Any, *_: Any) -> None:
    """Let the pool replace a connection that the server has closed.

    To ask the server each time would be three crossings of a transaction's dozen.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError


class _Reader(sqlite3.Connection):
    """Reads only; set up in one go, in the thread that will own it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MS}")
        self.execute("PRAGMA mmap_size=0")
        self.execute("PRAGMA foreign_keys=ON")
        self.execute("PRAGMA wal_autocheckpoint=0")


class _Writer(_Reader):
    """The one connection that writes, safely through a loss of power."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.execute("PRAGMA page_size=8192")
        self.execute("PRAGMA journal_mode=WAL")
        self.execute("PRAGMA synchronous=FULL")
        self.execute("PRAGMA cache_size=-16000")
        self.execute("PRAGMA wal_autocheckpoint=1000")


class _translated:  # noqa: N801 (reads as a clause: `with _translated()`)
    """Turn "the database does not answer" into one error that every door understands."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if error is not None and is_outage(error):
            raise DatabaseUnavailable("the database does not answer") from error


def is_outage(error: BaseException) -> bool:
    """Say whether trying again may help: the database was away, or broke a circle of waiters.

    As opposed to refusing what it was told, which it would refuse again.
    """
    cause = error.orig if isinstance(error, DBAPIError) else error
    if getattr(cause, "sqlstate", None) in TRY_AGAIN:
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))
    # The driver's own come from what SQLAlchemy has no words for, as COPY.
    lost = (PoolTimeout, ConnectionError, TimeoutError, PostgresConnectionError, DriverError)
    return isinstance(error, lost)
