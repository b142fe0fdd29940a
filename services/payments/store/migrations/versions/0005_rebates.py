"""Rebate and drawback cases."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "rebate_case",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("scheme", sa.String(40), nullable=False),
        sa.Column("seller_id", sa.String(64), nullable=False),
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("declaration_id", sa.String(64), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("claim_by", Moment(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("evidenced_at", Moment(), nullable=False),
        sa.Column("claimed_at", Moment()),
        sa.Column("paid_at", Moment()),
        sa.Column("clawed_back_minor", sa.BigInteger(), nullable=False),
        sa.Column("repaid_minor", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_rebate_case_state", "rebate_case", ["state", "claimed_at"])
