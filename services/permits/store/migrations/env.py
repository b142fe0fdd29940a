"""Alembic's entry for `permits`."""

from services.permits.store.tables import metadata
from shared.db.migrations import run_migrations

run_migrations(metadata)
