"""Balances of tariff-rate quotas, and which declaration drew what on them."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "quota_balance",
        sa.Column("order_number", sa.String(40), primary_key=True),
        sa.Column("opens", sa.String(10), primary_key=True),
        sa.Column("drawn", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
    )
    op.create_table(
        "quota_draw",
        sa.Column("subject_id", sa.String(64), primary_key=True),
        sa.Column("order_number", sa.String(40), primary_key=True),
        sa.Column("opens", sa.String(10), primary_key=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
    )
