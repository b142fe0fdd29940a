"""Readers see one moment: what is committed while they look does not mix into their answer."""

import sqlalchemy as sa

from shared.db.database import Database


async def test_a_look_is_one_snapshot(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    try:
        async with database.transaction() as writer:
            await writer.execute(sa.text("CREATE TABLE fact (n integer)"))
            await writer.execute(sa.text("INSERT INTO fact VALUES (1)"))
        async with database.reading() as look:
            before = await look.scalar(sa.text("SELECT n FROM fact"))
            async with database.transaction() as writer:
                await writer.execute(sa.text("UPDATE fact SET n = 2"))
            meanwhile = await look.scalar(sa.text("SELECT n FROM fact"))
        async with database.reading() as look:
            after = await look.scalar(sa.text("SELECT n FROM fact"))
    finally:
        await database.stop()

    assert (before, meanwhile, after) == (1, 1, 2)
