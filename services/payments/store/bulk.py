"""Many rows in one statement, on both databases: what makes a batch of 500 commands cheap.

PostgreSQL gets one array per column, unnested into rows; SQLite gets one prepared statement run
for each row. The statements are made once per table and shape.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    Table,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import String, TypeEngine

Row = Mapping[str, Any]
STATEMENTS_MAX = 128
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


class OnConflict(StrEnum):
    """What to do with a row whose primary key is there already."""

    FAIL = "fail"
    KEEP = "keep"
    REPLACE = "replace"


async def insert_rows(
    connection: AsyncConnection,
    table: Table,
    rows: Sequence[Row],
    *,
    on_conflict: OnConflict = OnConflict.FAIL,
    replaced: Collection[str] | None = None,
) -> None:
    """Insert rows that all have the same columns; `replaced` names those that REPLACE changes."""
    if not rows:
        return
    names = tuple(rows[0])
    keys = {column.name for column in table.primary_key}
    changed = tuple(n for n in names if n not in keys and (replaced is None or n in replaced))
    if connection.dialect.name == "sqlite":
        statement = _sqlite_insert(table, names, on_conflict, changed)
        await connection.execute(statement, rows)
    else:
        statement = _postgres_insert(table, names, on_conflict, changed)
        await connection.execute(statement, _arrays(names, rows))


async def update_rows(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Set the other columns of the rows that `id` names."""
    if not rows:
        return
    names = tuple(rows[0])
    if connection.dialect.name == "sqlite":
        keyed = [{f"the_{name}": row[name] for name in names} for row in rows]
        await connection.execute(_sqlite_update(table, names), keyed)
    else:
        await connection.execute(_postgres_update(table, names), _arrays(names, rows))


def among(
    connection: AsyncConnection, column: ColumnElement[Any], values: Sequence[Any]
) -> ColumnElement[bool]:
    """Say that a column's value is one of these: one statement however many there are."""
    if connection.dialect.name == "sqlite":
        listed = func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(select(listed.c.value))
    kind: TypeEngine[Any] = BigInteger() if isinstance(column.type, BigInteger) else String()
    wanted = bindparam(None, list(values), type_=postgresql.ARRAY(kind))
    return column == func.any(wanted)


def _arrays(names: Sequence[str], rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in names}


@lru_cache(maxsize=STATEMENTS_MAX)
def _sqlite_insert(
    table: Table, names: tuple[str, ...], on_conflict: OnConflict, changed: tuple[str, ...]
) -> Executable:
    statement = sqlite.insert(table).values({name: bindparam(name) for name in names})
    keys = [column.name for column in table.primary_key]
    if on_conflict is OnConflict.KEEP:
        return statement.on_conflict_do_nothing(index_elements=keys)
    if on_conflict is OnConflict.REPLACE:
        excluded = {name: statement.excluded[name] for name in changed}
        return statement.on_conflict_do_update(index_elements=keys, set_=excluded)
    return insert(table)


@lru_cache(maxsize=STATEMENTS_MAX)
def _sqlite_update(table: Table, names: tuple[str, ...]) -> Executable:
    changed: dict[str, Any] = {n: bindparam(f"the_{n}") for n in names if n != "id"}
    return update(table).where(table.c.id == bindparam("the_id")).values(changed)


@lru_cache(maxsize=STATEMENTS_MAX)
def _postgres_insert(
    table: Table, names: tuple[str, ...], on_conflict: OnConflict, changed: tuple[str, ...]
) -> Executable:
    # Names come from our own tables, never from outside.
    columns = ", ".join(f'"{name}"' for name in names)
    statement = f'INSERT INTO "{table.name}" ({columns}) SELECT * FROM {_unnest(table, names)}'  # noqa: S608
    keys = ", ".join(column.name for column in table.primary_key)
    if on_conflict is OnConflict.KEEP:
        statement += f" ON CONFLICT ({keys}) DO NOTHING"
    if on_conflict is OnConflict.REPLACE:
        excluded = ", ".join(f'"{name}" = excluded."{name}"' for name in changed)
        statement += f" ON CONFLICT ({keys}) DO UPDATE SET {excluded}"
    return text(statement)


@lru_cache(maxsize=STATEMENTS_MAX)
def _postgres_update(table: Table, names: tuple[str, ...]) -> Executable:
    columns = ", ".join(f'"{name}"' for name in names)
    changed = ", ".join(f'"{name}" = given."{name}"' for name in names if name != "id")
    return text(
        f'UPDATE "{table.name}" AS kept SET {changed} '  # noqa: S608
        f"FROM {_unnest(table, names)} AS given ({columns}) WHERE kept.id = given.id"
    )


def _unnest(table: Table, names: tuple[str, ...]) -> str:
    arrays = (
        f"CAST(:{name} AS {table.c[name].type.compile(dialect=_DIALECT)}[])" for name in names
    )
    return f"unnest({', '.join(arrays)})"
