"""Alembic's entry for `orders`."""

from services.orders.store.tables import metadata
from shared.db.migrations import run_migrations

run_migrations(metadata)
