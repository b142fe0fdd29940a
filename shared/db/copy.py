"""Many rows into one PostgreSQL table at once, by COPY: what a frame or a batch brings.

An INSERT of 500 rows binds thousands of parameters, each through three layers; COPY hands the
driver tuples. Only for PostgreSQL, inside a transaction that has begun.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

Row = tuple[Any, ...]


def can_copy(connection: AsyncConnection) -> bool:
    """Say whether the database takes rows by COPY."""
    return connection.dialect.name == "postgresql"


async def copy_rows(
    connection: AsyncConnection, table: str, *, columns: Sequence[str], rows: Sequence[Row]
) -> None:
    """Put rows into a table; the values must have the columns' own types."""
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    await driver.copy_records_to_table(table, records=rows, columns=list(columns))
