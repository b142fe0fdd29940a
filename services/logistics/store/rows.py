"""Making sure that a row is there, whoever makes it first: two workers may hear of one order."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


async def insert_missing(
    connection: AsyncConnection, table: Table, rows: list[dict[str, Any]]
) -> None:
    """Insert the rows whose keys are not there yet; leave those that are as they are."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        await connection.execute(insert_on_sqlite(table).on_conflict_do_nothing(), rows)
    else:
        await connection.execute(insert_on_postgresql(table).on_conflict_do_nothing(), rows)
