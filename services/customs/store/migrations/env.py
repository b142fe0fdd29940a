"""Alembic's entry for `customs`."""

from services.customs.store.tables import metadata
from shared.db.migrations import run_migrations

run_migrations(metadata)
