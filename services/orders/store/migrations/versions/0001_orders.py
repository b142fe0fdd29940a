"""Orders, their buyers, their timelines, and what travels together."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import create_messaging_tables
from shared.db.types import Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_messaging_tables()
    _create_orders()
    _create_timelines()
    _create_consolidations()


def _create_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("platform_code", sa.String(100), nullable=False),
        sa.Column("order_no", sa.String(100), nullable=False),
        sa.Column("marketplace_id", sa.String(64), nullable=False),
        sa.Column("seller_id", sa.String(64), nullable=False),
        sa.Column("seller_hub", sa.String(6), nullable=False),
        sa.Column("buyer_hub", sa.String(6), nullable=False),
        sa.Column("buyer_token", sa.String(100), nullable=False),
        sa.Column("channel", sa.String(100), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("goods_minor", sa.BigInteger(), nullable=False),
        sa.Column("freight_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("placed_at", Moment(), nullable=False),
        sa.Column("paid", sa.Boolean(), nullable=False),
        sa.Column("cancelled_for", sa.String(100), nullable=False),
        sa.Column("parcels", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("buyer_hub", "platform_code", "order_no", name="uq_orders_number"),
    )
    op.create_index("ix_orders_marketplace", "orders", ["marketplace_id", "id"])
    op.create_index("ix_orders_seller", "orders", ["seller_id", "id"])
    op.create_table(
        "buyer",
        sa.Column("order_id", sa.String(64), sa.ForeignKey("orders.id"), primary_key=True),
        sa.Column("id_number", sa.String(100), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("phone", sa.String(100), nullable=False),
        sa.Column("address", sa.String(500), nullable=False),
    )


def _create_timelines() -> None:
    op.create_table(
        "timeline",
        sa.Column("order_id", sa.String(64), primary_key=True),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
    )
    op.create_table(
        "timeline_entry",
        sa.Column("order_id", sa.String(64), sa.ForeignKey("timeline.order_id"), primary_key=True),
        sa.Column("sequence", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("hub", sa.String(6), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("logistics_no", sa.String(100), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("occurred_at", Moment(), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=False),
    )


def _create_consolidations() -> None:
    op.create_table(
        "consolidation",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("origin_hub", sa.String(6)),
        sa.Column("arrival_event_id", sa.String(64)),
        sa.Column("arrival_hub", sa.String(6)),
        sa.Column("arrived_at", Moment()),
    )
    op.create_table(
        "consolidation_parcel",
        sa.Column(
            "consolidation_id", sa.String(64), sa.ForeignKey("consolidation.id"), primary_key=True
        ),
        sa.Column("logistics_no", sa.String(100), primary_key=True),
        sa.Column("order_id", sa.String(64), nullable=False),
    )
