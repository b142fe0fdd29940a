"""Alembic's entry for `members`."""

from services.members.store.tables import metadata
from shared.db.migrations import run_migrations

run_migrations(metadata)
