"""Tax bills on guarantee accounts, and goods that go back."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "tax_bill",
        sa.Column("number", sa.String(64), primary_key=True),
        sa.Column("declaration_id", sa.String(64), nullable=False, unique=True),
        sa.Column("guarantor", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("owed_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index("ix_tax_bill_guarantor", "tax_bill", ["guarantor", "status"])
    op.create_table(
        "guarantee",
        sa.Column("guarantor", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_table(
        "goods_return",
        sa.Column("return_id", sa.String(64), primary_key=True),
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index("ix_goods_return_order", "goods_return", ["order_id"])
