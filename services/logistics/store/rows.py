"""What several tables need: a row that is there whoever makes it first, and optional money."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kernel.money import Money


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


def money_or_none(minor: int | None, currency: str | None) -> Money | None:
    """Return the amount of two columns that are filled together or not at all."""
    return None if minor is None or currency is None else Money(minor, currency)
