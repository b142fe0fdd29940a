"""Alembic's entry for `exchange`."""

from services.exchange.store.tables import metadata
from shared.db.migrations import run_migrations

run_migrations(metadata)
