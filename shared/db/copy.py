"""Many rows into one PostgreSQL table at once, by COPY: what a frame or a batch brings.

An INSERT of 500 rows binds thousands of parameters, each through three layers; COPY hands the
driver tuples. Only for PostgreSQL, inside a transaction that has begun.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, Table, insert
from sqlalchemy.ext.asyncio import AsyncConnection

COPY_ROWS_MIN = 50
"""So many rows are worth the statement that asks which types the columns have."""

Row = tuple[Any, ...]


def can_copy(connection: AsyncConnection) -> bool:
    """Say whether the database takes rows by COPY."""
    return connection.dialect.name == "postgresql"


async def copy_rows(
    connection: AsyncConnection, table: str, *, columns: Sequence[str], rows: Iterable[Row]
) -> None:
    """Put rows into a table; the values must have the columns' own types."""
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    await driver.copy_records_to_table(table, records=rows, columns=list(columns))


async def insert_many(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows that all name the same columns: a few by INSERT, many by COPY where it is known.

    Not for tables under `own_rows`, which PostgreSQL lets nobody COPY into.
    """
    if len(rows) < COPY_ROWS_MIN or not can_copy(connection):
        await connection.execute(insert(table), rows)
        return
    columns = list(rows[0])
    is_json = [isinstance(table.c[name].type, JSON) for name in columns]
    encoded = [
        tuple(
            json.dumps(row[name]) if as_json else row[name]
            for name, as_json in zip(columns, is_json, strict=True)
        )
        for row in rows
    ]
    await copy_rows(connection, table.name, columns=columns, rows=encoded)
