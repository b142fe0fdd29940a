"""PostgreSQL shows a member its own rows only, whatever a query forgets to ask.

A member's request sets `eroad.tenant` for its transaction (`Tx.narrow_to`); where it is not set,
the hub itself works: consumers, timers, operators. Superusers pass through every policy, so a
service never connects as one. SQLite has nothing of the kind; there the repositories alone ask.
"""

from collections.abc import Mapping

from alembic import op
from sqlalchemy import text

TENANT = "coalesce(current_setting('eroad.tenant', true), '')"
NARROW = text("SELECT set_config('eroad.tenant', :member_id, true)")


def owned_by(*columns: str) -> str:
    """Return the condition under which a row is shown: one of these columns names the member."""
    return f"{TENANT} IN ('', {', '.join(columns)})"


def owned_through(table: str, parent: str, column: str, *owners: str) -> str:
    """Return the condition for a row that hangs on an owned one by `column`."""
    return (
        f"{TENANT} = '' OR EXISTS (SELECT FROM {parent}"
        f" WHERE {parent}.id = {table}.{column} AND {TENANT} IN ({', '.join(owners)}))"
    )


def guard_rows(conditions: Mapping[str, str]) -> None:
    """Put tables under guard in a migration: FORCE, because the service owns its tables."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, condition in conditions.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_rows ON {table} USING ({condition})")
