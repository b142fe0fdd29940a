"""An SQLite connection whose statements cross to its thread once instead of four times.

aiosqlite goes there and back for a cursor, for its statement, for the rows and for the closing, and
again for a BEGIN. Here the first statement of a transaction takes the BEGIN along and every
statement brings its first rows back, so that a statement costs one crossing, and a transaction that
asked nothing costs none.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import aiosqlite

ROWS_AT_ONCE = 500
"""Rows that come back with the statement; whoever reads on goes there again."""


class OneHopConnection(aiosqlite.Connection):
    """Made and awaited as aiosqlite's own; `open_with` is told before each transaction."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=ROWS_AT_ONCE)
        self._thread.daemon = True  # a process that gave up must not hang on it
        self._opening = ""
        self._asked = False

    def open_with(self, begin: str) -> None:
        """Begin a transaction as soon as there is a statement for it."""
        self._opening = begin

    def cursor(self) -> "OneHopCursor":  # type: ignore[override]
        """Return a cursor; nothing crosses over before it has a statement."""
        return OneHopCursor(self)

    async def cross(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        """Run `work` in the connection's thread, inside the transaction that was announced."""
        opening, self._opening = self._opening, ""
        self._asked = True

        def there() -> Any:
            if opening:
                self._conn.execute(opening)
            return work(self._conn)

        return await self._execute(there)  # type: ignore[no-untyped-call]

    async def commit(self) -> None:
        """Commit what was asked since the last end, if anything was."""
        await self._end(sqlite3.Connection.commit)

    async def rollback(self) -> None:
        """Roll back what was asked since the last end; also what is still on its way there."""
        await self._end(sqlite3.Connection.rollback)

    async def _end(self, how: Callable[[sqlite3.Connection], None]) -> None:
        self._opening = ""
        if self._asked:
            await self._execute(lambda: how(self._conn))  # type: ignore[no-untyped-call]
            self._asked = False  # not before: an end that failed or was cancelled is none


class OneHopCursor:
    """What SQLAlchemy's asyncio adapter needs of a cursor."""

    def __init__(self, connection: OneHopConnection) -> None:
        self._connection = connection
        self._cursor: sqlite3.Cursor | None = None
        self._rows: deque[Any] = deque()
        self._has_more = False
        self.arraysize = 1

    async def __aenter__(self) -> "OneHopCursor":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> "OneHopCursor":
        """Run one statement, and have its first rows."""

        def run(connection: sqlite3.Connection) -> tuple[sqlite3.Cursor, list[Any]]:
            cursor = connection.execute(sql, parameters)  # type: ignore[arg-type]
            return cursor, cursor.fetchmany(ROWS_AT_ONCE)

        self._cursor, rows = await self._connection.cross(run)
        self._keep(rows)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> "OneHopCursor":
        """Run one statement for each set of parameters."""
        self._cursor = await self._connection.cross(
            lambda connection: connection.executemany(sql, parameters)  # type: ignore[arg-type]
        )
        return self

    async def fetchone(self) -> Any:
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> Sequence[Any]:
        wanted = size or self.arraysize
        if self._has_more and len(self._rows) < wanted:
            self._keep(await self._read_on(max(wanted, ROWS_AT_ONCE)))
        return [self._rows.popleft() for _ in range(min(wanted, len(self._rows)))]

    async def fetchall(self) -> Sequence[Any]:
        if self._has_more:
            self._keep(await self._read_on(None))
        rows, self._rows = self._rows, deque()
        return rows

    async def close(self) -> None:
        """Let go of the statement; one that was read to its end is over already."""
        self._rows.clear()
        if self._has_more and self._cursor is not None:
            self._has_more = False
            cursor = self._cursor
            await self._connection.cross(lambda _: cursor.close())

    @property
    def description(self) -> Any:
        return None if self._cursor is None else self._cursor.description

    @property
    def rowcount(self) -> int:
        return -1 if self._cursor is None else self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return None if self._cursor is None else self._cursor.lastrowid

    def _keep(self, rows: Sequence[Any]) -> None:
        self._rows.extend(rows)
        self._has_more = len(rows) >= ROWS_AT_ONCE

    async def _read_on(self, count: int | None) -> list[Any]:
        cursor = self._cursor
        assert cursor is not None, "there is more only where a statement ran"

        def read(_: sqlite3.Connection) -> list[Any]:
            return cursor.fetchall() if count is None else cursor.fetchmany(count)

        rows: list[Any] = await self._connection.cross(read)
        return rows
