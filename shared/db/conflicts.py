"""Writing rows that may be there already, in the words of either database."""

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def unless_there(table: Table, connection: AsyncConnection) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that passes over each row that a key of the table knows already."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
