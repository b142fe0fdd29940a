"""Many rows in one statement, on both databases: what makes a batch of 500 commands cheap.

PostgreSQL gets one array per column, unnested into rows; SQLite gets one prepared statement run
for each row. The statements are made once per table and shape; every name in them comes from our
own tables.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Executable,
    Select,
    Table,
    bindparam,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import String, TypeEngine

from shared.db.copy import copy_rows

Row = Mapping[str, Any]
STATEMENTS_MAX = 128
_POSTGRES = postgresql.dialect()  # type: ignore[no-untyped-call]
_SQLITE = sqlite.dialect()


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
        await connection.exec_driver_sql(statement, _tuples(table, names, rows))
    else:
        prepared = _postgres_insert(table, names, on_conflict, changed)
        await connection.execute(prepared, _arrays(names, rows))


async def append_rows(
    connection: AsyncConnection,
    table: Table,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Add rows that are new, the cheapest way: PostgreSQL takes them by COPY.

    For tables without row-level security, which COPY does not know.
    """
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        statement = _sqlite_insert(table, columns, OnConflict.FAIL, ())
        await connection.exec_driver_sql(statement, _converted(table, columns, rows))
    else:
        await copy_rows(connection, table.name, columns=columns, rows=rows)


async def update_columns(
    connection: AsyncConnection, table: Table, columns: Mapping[str, Sequence[Any]]
) -> None:
    """Set columns of the rows that `id`, the last column given, names."""
    names = tuple(columns)
    assert names[-1] == "id", "the key comes last, as in the statement"
    if not columns["id"]:
        return
    if connection.dialect.name == "sqlite":
        rows = list(zip(*columns.values(), strict=True))
        await connection.exec_driver_sql(
            _sqlite_update(table, names), _converted(table, names, rows)
        )
    else:
        await connection.execute(_postgres_update(table, names), columns)


def among(
    connection: AsyncConnection, column: ColumnElement[Any], values: Sequence[Any]
) -> ColumnElement[bool]:
    """Say that a column's value is one of these: one statement however many there are."""
    if connection.dialect.name == "sqlite":
        return column.in_(select(_listed(values)))
    return column == func.any(_array(column, values))


def absent(
    connection: AsyncConnection, column: ColumnElement[Any], values: Sequence[Any]
) -> Select[Any]:
    """Ask for those of these values that no row has in the column."""
    if connection.dialect.name == "sqlite":
        value = _listed(values)
    else:
        value = func.unnest(_array(column, values)).column_valued("value")
    return select(value).where(~select(column).where(column == value).exists())


def _listed(values: Sequence[Any]) -> ColumnElement[Any]:
    return func.json_each(json.dumps(list(values))).table_valued("value").c.value


def _array(column: ColumnElement[Any], values: Sequence[Any]) -> BindParameter[Any]:
    kind: TypeEngine[Any] = BigInteger() if isinstance(column.type, BigInteger) else String()
    return bindparam(None, list(values), type_=postgresql.ARRAY(kind))


def _arrays(names: Sequence[str], rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in names}


def _tuples(table: Table, names: tuple[str, ...], rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    return _converted(table, names, [tuple(row.values()) for row in rows])


def _converted(
    table: Table, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """Return the rows as SQLite's driver takes them."""
    made = list(rows)
    for place, convert in _converters(table, names):
        made = [(*row[:place], convert(row[place]), *row[place + 1 :]) for row in made]
    return made


@lru_cache(maxsize=STATEMENTS_MAX)
def _converters(
    table: Table, names: tuple[str, ...]
) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    found = [(n, table.c[name].type.bind_processor(_SQLITE)) for n, name in enumerate(names)]
    return tuple((n, convert) for n, convert in found if convert is not None)


@lru_cache(maxsize=STATEMENTS_MAX)
def _sqlite_insert(
    table: Table, names: tuple[str, ...], on_conflict: OnConflict, changed: tuple[str, ...]
) -> str:
    values = f"VALUES ({', '.join('?' for _ in names)})"
    return _insert(table, names, values) + _on_conflict(table, on_conflict, changed)


@lru_cache(maxsize=STATEMENTS_MAX)
def _sqlite_update(table: Table, names: tuple[str, ...]) -> str:
    changed = ", ".join(f'"{name}" = ?' for name in names[:-1])
    return f'UPDATE "{table.name}" SET {changed} WHERE id = ?'  # noqa: S608


@lru_cache(maxsize=STATEMENTS_MAX)
def _postgres_insert(
    table: Table, names: tuple[str, ...], on_conflict: OnConflict, changed: tuple[str, ...]
) -> Executable:
    values = f"SELECT * FROM {_unnest(table, names)}"  # noqa: S608
    return text(_insert(table, names, values) + _on_conflict(table, on_conflict, changed))


@lru_cache(maxsize=STATEMENTS_MAX)
def _postgres_update(table: Table, names: tuple[str, ...]) -> Executable:
    columns = ", ".join(f'"{name}"' for name in names)
    changed = ", ".join(f'"{name}" = given."{name}"' for name in names[:-1])
    return text(
        f'UPDATE "{table.name}" AS kept SET {changed} '  # noqa: S608
        f"FROM {_unnest(table, names)} AS given ({columns}) WHERE kept.id = given.id"
    )


def _insert(table: Table, names: tuple[str, ...], values: str) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    return f'INSERT INTO "{table.name}" ({columns}) {values}'


def _on_conflict(table: Table, on_conflict: OnConflict, changed: tuple[str, ...]) -> str:
    if on_conflict is OnConflict.FAIL:
        return ""
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
    if on_conflict is OnConflict.KEEP or not changed:
        return f" ON CONFLICT ({keys}) DO NOTHING"
    excluded = ", ".join(f'"{name}" = excluded."{name}"' for name in changed)
    return f" ON CONFLICT ({keys}) DO UPDATE SET {excluded}"


def _unnest(table: Table, names: tuple[str, ...]) -> str:
    arrays = (
        f"CAST(:{name} AS {table.c[name].type.compile(dialect=_POSTGRES)}[])" for name in names
    )
    return f"unnest({', '.join(arrays)})"
