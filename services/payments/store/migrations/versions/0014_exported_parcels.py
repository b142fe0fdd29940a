"""Parcels that left, and until when their money must be home."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "exported_parcel",
        sa.Column("parcel_id", sa.String(64), primary_key=True),
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("order_no", sa.String(100), nullable=False),
        sa.Column("declaration_id", sa.String(64), nullable=False),
        sa.Column("form", sa.String(100), nullable=False),
        sa.Column("fob_minor", sa.BigInteger(), nullable=False),
        sa.Column("fob_currency", sa.String(3), nullable=False),
        sa.Column("exported_at", Moment, nullable=False),
        sa.Column("home_by", sa.Date(), nullable=False),
    )
    op.create_index("ix_exported_parcel_order", "exported_parcel", ["order_id"])
    op.create_index("ix_exported_parcel_home_by", "exported_parcel", ["home_by", "order_id"])
