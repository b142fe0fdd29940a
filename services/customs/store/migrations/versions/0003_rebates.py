"""Tax given back on exports: cases by order, and the drawbacks that were claimed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "rebate_case",
        sa.Column("order_id", sa.String(64), primary_key=True),
        sa.Column("case_id", sa.String(64), nullable=False, unique=True),
        sa.Column("seller_id", sa.String(64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index("ix_rebate_case_seller", "rebate_case", ["seller_id"])
    op.create_table(
        "drawback_claim",
        sa.Column("case_id", sa.String(64), primary_key=True),
        sa.Column("seller_id", sa.String(64), nullable=False),
    )
