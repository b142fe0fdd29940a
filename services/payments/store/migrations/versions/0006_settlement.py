"""Obligations between hubs and the windows that settle them."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "obligation",
        sa.Column("debtor", sa.String(6), primary_key=True),
        sa.Column("creditor", sa.String(6), primary_key=True),
        sa.Column("currency", sa.String(3), primary_key=True),
        sa.Column("no", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("transfer_id", sa.String(64), nullable=False),
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("order_no", sa.String(100), nullable=False),
        sa.Column("seller_id", sa.String(64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "settlement_window",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("debtor", sa.String(6), nullable=False),
        sa.Column("creditor", sa.String(6), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("window_no", sa.BigInteger(), nullable=False),
        sa.Column("after_no", sa.BigInteger(), nullable=False),
        sa.Column("until_no", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("closed_at", Moment(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("ours_sha256", sa.String(64), nullable=False),
        sa.Column("ours_signature", sa.String(128), nullable=False),
        sa.Column("theirs_sha256", sa.String(64), nullable=False),
        sa.Column("theirs_signature", sa.String(128), nullable=False),
        sa.Column("theirs_chunks", sa.Text(), nullable=False),
        sa.Column("difference", sa.String(100), nullable=False),
        sa.Column("settled_at", Moment()),
        sa.UniqueConstraint("debtor", "creditor", "currency", "window_no"),
    )
    op.create_index("ix_settlement_window_state", "settlement_window", ["state", "closed_at"])
