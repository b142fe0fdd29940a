"""Alembic's entry for `payments`."""

from services.payments.store.tables import metadata
from shared.db.migrations import run_migrations

run_migrations(metadata)
