"""What an SQLite statement costs in crossings to its thread; nothing is lost on the way."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shared.db.database import Database
from shared.db.one_hop import ROWS_AT_ONCE, OneHopConnection

ROWS = 2 * ROWS_AT_ONCE
COUNT_SLOWLY = sa.text(
    "INSERT INTO fact WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up"
    " WHERE n < 300000) SELECT max(n) FROM up"
)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'facts.db'}")
    async with database.transaction() as writer:
        await writer.execute(sa.text("CREATE TABLE fact (n integer)"))
    yield database
    await database.stop()


@pytest.fixture
def crossings(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """One entry for each time that something crosses to a connection's thread."""
    seen: list[object] = []
    cross = OneHopConnection._execute

    async def counted(self: OneHopConnection, work: object, *rest: Any, **more: Any) -> object:
        seen.append(work)
        return await cross(self, work, *rest, **more)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(OneHopConnection, "_execute", counted)
    return seen


async def facts(database: Database) -> list[int]:
    async with database.reading() as look:
        return list((await look.scalars(sa.text("SELECT n FROM fact ORDER BY n"))).all())


class TestCrossings:
    async def test_are_one_for_each_statement_and_one_for_the_end(
        self, database: Database, crossings: list[object]
    ) -> None:
        async with database.transaction() as writer:
            await writer.execute(sa.text("INSERT INTO fact VALUES (1)"))
            await writer.scalar(sa.text("SELECT n FROM fact"))

        assert len(crossings) == 3
        assert await facts(database) == [1]

    async def test_are_none_where_nothing_was_asked(
        self, database: Database, crossings: list[object]
    ) -> None:
        async with database.transaction():
            pass

        assert crossings == []


class TestRows:
    @pytest.fixture
    async def full(self, database: Database) -> Database:
        async with database.transaction() as writer:
            insert = sa.text("INSERT INTO fact VALUES (:n)")
            await writer.execute(insert, [{"n": n} for n in range(ROWS)])
        return database

    async def test_are_all_there_however_many(self, full: Database) -> None:
        assert await facts(full) == list(range(ROWS))

    async def test_are_streamed_to_the_end_and_can_be_left_before_it(self, full: Database) -> None:
        query = sa.text("SELECT n FROM fact ORDER BY n").execution_options(yield_per=7)
        async with full.reading() as look:
            async with look.stream(query) as rows:
                streamed = [row.n async for row in rows]
            async with look.stream(query) as rows:
                first = await anext(rows)
        async with full.transaction() as writer:
            await writer.execute(sa.text("DROP TABLE fact"))

        assert streamed == list(range(ROWS))
        assert first.n == 0


class TestEnds:
    async def test_a_refused_transaction_leaves_nothing(self, database: Database) -> None:
        async def refused() -> None:
            async with database.transaction() as writer:
                await writer.execute(sa.text("INSERT INTO fact VALUES (1)"))
                raise RuntimeError("no")

        with pytest.raises(RuntimeError, match="no"):
            await refused()

        assert await facts(database) == []

    async def test_a_statement_whose_caller_left_is_rolled_back(self, database: Database) -> None:
        begun = asyncio.Event()

        async def leave() -> None:
            async with database.transaction() as writer:
                begun.set()
                await writer.execute(COUNT_SLOWLY)

        caller = asyncio.create_task(leave())
        await begun.wait()
        await asyncio.sleep(0)
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
        async with database.transaction() as writer:
            await writer.execute(sa.text("INSERT INTO fact VALUES (1)"))

        assert await facts(database) == [1]
