"""Snapshots for peers that stand before the oldest frame kept."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column(
        "outgoing", sa.Column("kept_from", sa.BigInteger(), nullable=False, server_default="1")
    )
    op.create_table(
        "snapshot_part",
        sa.Column("stream", sa.String(120), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "snapshot_taking",
        sa.Column("stream", sa.String(120), primary_key=True),
        sa.Column("snapshot", sa.String(64), nullable=False),
        sa.Column("roots", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "snapshot_taken",
        sa.Column("stream", sa.String(120), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=False),
        sa.Column("receipt_signature", sa.LargeBinary(), nullable=False),
        sa.Column("taken_at", Moment(), nullable=False),
        sa.Column("told_at", Moment()),
    )
