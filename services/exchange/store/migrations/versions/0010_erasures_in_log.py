"""Receipts for erasures stand in the evidence log; those there are already are logged next."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    where = sa.text("receipt IS NOT NULL AND receipt_leaf IS NULL")
    for table in ("person_key", "held_key"):
        op.add_column(table, sa.Column("receipt_leaf", sa.BigInteger()))
        op.create_index(
            f"ix_{table}_unlogged",
            table,
            ["name"],
            postgresql_where=where,
            sqlite_where=where,
        )
