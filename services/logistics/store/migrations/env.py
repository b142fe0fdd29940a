"""Alembic's entry for `logistics`."""

from services.logistics.store.tables import metadata
from shared.db.migrations import run_migrations

run_migrations(metadata)
