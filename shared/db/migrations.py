"""Alembic for every service: one history per service, the same for both databases.

The messaging tables are created by frozen functions here, so that each service's history names
them in one line and none repeats them.
"""

import asyncio
from functools import cache
from pathlib import Path
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from alembic import command, context, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from shared.db.database import Database
from shared.db.types import Moment, RowNumber

# Alembic's `op` and `context` are proxies of the whole process: two hubs of one process that
# migrated at once would run each other's scripts.
_one_at_a_time: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


class SchemaOutdated(RuntimeError):
    """The database is older than the code; run `migrate` first."""


async def migrate(database: Database, migrations: Path) -> None:
    """Bring the database to the newest version of the history in `migrations`."""
    lock = _one_at_a_time.setdefault(asyncio.get_running_loop(), asyncio.Lock())
    async with lock, database.engine.begin() as connection:
        await connection.run_sync(_upgrade, migrations)


async def check_schema(database: Database, migrations: Path) -> None:
    """Raise SchemaOutdated unless the database has the newest version."""
    async with database.engine.connect() as connection:
        current = await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_revision()
        )
    wanted = _newest(migrations)
    if current != wanted:
        raise SchemaOutdated(f"the database has schema {current}, the code needs {wanted}")


def run_migrations(metadata: MetaData) -> None:
    """Be a service's env.py: run on the connection that `migrate` opened."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _upgrade(connection: Connection, migrations: Path) -> None:
    config = _config(migrations)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@cache
def _newest(migrations: Path) -> str | None:
    """The last step of a history. It is code, and so the same for as long as a process runs."""
    return ScriptDirectory.from_config(_config(migrations)).get_current_head()


def _config(migrations: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.set_main_option("path_separator", "os")
    return config


def create_messaging_tables() -> None:
    """Create the messaging tables as of the first release; never changed, only followed."""
    _create_what_it_says()
    _create_what_it_hears()
    op.create_table(
        "idempotency",
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])


def create_operation_tables() -> None:
    """Create the tables of long work as of their first release; never changed, only followed."""
    op.create_table(
        "operation",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("problem", sa.JSON()),
        sa.Column("traceparent", sa.String(60), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("stepped_at", Moment(), nullable=False),
        sa.Column("finished_at", Moment()),
    )
    op.create_index("ix_operation_next", "operation", ["status", "stepped_at"])
    op.create_index("ix_operation_tenant", "operation", ["tenant", "status"])
    op.create_table(
        "operation_line",
        sa.Column("operation_id", sa.String(64), sa.ForeignKey("operation.id"), primary_key=True),
        sa.Column("line", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("ask", sa.JSON()),
        sa.Column("result", sa.JSON()),
    )


def _create_what_it_says() -> None:
    record = (
        ("event_id", sa.String(64), False),
        ("topic", sa.String(200), False),
        ("key", sa.String(200), False),
        ("attributes", sa.LargeBinary(), False),
        ("data", sa.LargeBinary(), False),
        ("created_at", Moment(), False),
    )
    op.create_table(
        "outbox",
        sa.Column("id", RowNumber, primary_key=True, autoincrement=True),
        *(sa.Column(name, kind, nullable=null) for name, kind, null in record),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.UniqueConstraint("event_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "outbox_dead",
        sa.Column("id", RowNumber, primary_key=True, autoincrement=False),
        *(sa.Column(name, kind, nullable=null) for name, kind, null in record),
        sa.Column("reason", sa.Text(), nullable=False),
    )


def _create_what_it_hears() -> None:
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.String(64), primary_key=True),
        sa.Column("handled_at", Moment(), nullable=False),
    )
    op.create_index("ix_inbox_handled_at", "inbox", ["handled_at"])
    op.create_table(
        "position",
        sa.Column("topic", sa.String(200), primary_key=True),
        sa.Column("partition", sa.Integer(), primary_key=True),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", RowNumber, primary_key=True, autoincrement=True),
        sa.Column("topic", sa.String(200), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("attributes", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(100), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("quarantined_at", Moment(), nullable=False),
        sa.Column("replayed_at", Moment()),
        sa.UniqueConstraint("topic", "partition", "offset"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_quarantine_open", "quarantine", ["topic", "key", "replayed_at"])
