"""Receipts of snapshots stand in the evidence log, and the parts that came stay as evidence."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("snapshot_taken", sa.Column("leaf", sa.BigInteger()))
    where = sa.text("leaf IS NULL")
    op.create_index(
        "ix_snapshot_taken_unlogged",
        "snapshot_taken",
        ["stream", "seq"],
        postgresql_where=where,
        sqlite_where=where,
    )
    op.create_table(
        "arrived_part",
        sa.Column("stream", sa.String(120), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
    )
