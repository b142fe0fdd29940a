"""The catalogue of each member."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "item",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("owner_id", sa.String(64), nullable=False),
        sa.Column("sku", sa.String(100), nullable=False),
        sa.Column("gtin", sa.String(20)),
        sa.Column("description", sa.String(500), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(2), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_weight_g", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date()),
        sa.Column("registered_at", Moment(), nullable=False),
        sa.UniqueConstraint("owner_id", "sku", "valid_from", name="uq_item_version"),
    )
    op.create_index("ix_item_owner", "item", ["owner_id", "id"])
