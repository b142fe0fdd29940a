"""Low-value sales by quarter, sellers registered for their tax, and the returns they file."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "lvg_entry",
        sa.Column("declaration_id", sa.String(64), primary_key=True),
        sa.Column("seller_id", sa.String(64), nullable=False),
        sa.Column("period", sa.String(7), nullable=False),
        sa.Column("released_on", sa.String(10), nullable=False),
        sa.Column("sales_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("other_tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
    )
    op.create_index("ix_lvg_entry_period", "lvg_entry", ["period", "seller_id"])
    op.create_index("ix_lvg_entry_seller", "lvg_entry", ["seller_id", "released_on"])
    op.create_table(
        "lvg_seller",
        sa.Column("seller_id", sa.String(64), primary_key=True),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("registered_on", sa.String(10), nullable=False),
        sa.Column("registered_by", sa.String(64), nullable=False),
    )
    op.create_table(
        "lvg_return",
        sa.Column("return_id", sa.String(64), primary_key=True),
        sa.Column("seller_id", sa.String(64), nullable=False),
        sa.Column("period", sa.String(7), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
