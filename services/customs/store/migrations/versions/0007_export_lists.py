"""Parcels that leave China by a list: their papers, their lists, and what sums them up."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "export_paper",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("order_key", sa.String(100)),
        sa.Column("logistics_no", sa.String(100)),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index("ix_export_paper_order", "export_paper", ["order_key"])
    op.create_index("ix_export_paper_parcel", "export_paper", ["logistics_no"])
    op.create_table(
        "export_list",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("number", sa.String(20), nullable=False, unique=True),
        sa.Column("logistics_no", sa.String(100), nullable=False, unique=True),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index("ix_export_list_status", "export_list", ["status", "id"])
    op.create_table(
        "export_summary",
        sa.Column("number", sa.String(18), primary_key=True),
        sa.Column("agent_code", sa.String(18), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
