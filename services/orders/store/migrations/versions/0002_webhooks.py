"""Webhook endpoints and what is delivered to them."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _create_endpoints()
    _create_deliveries()


def _create_endpoints() -> None:
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("secret", sa.String(100), nullable=False),
        sa.Column("signing_key", sa.String(100), nullable=False),
        sa.Column("old_secret", sa.String(100), nullable=False),
        sa.Column("old_secret_until", Moment()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("failing_since", Moment()),
        sa.Column("disabled_at", Moment()),
        sa.Column("disabled_for", sa.String(20)),
    )
    op.create_index("ix_webhook_endpoint_member", "webhook_endpoint", ["member_id", "id"])


def _create_deliveries() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("endpoint_id", sa.String(64), nullable=False),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("tried", sa.Integer(), nullable=False),
        sa.Column("replays", sa.Integer(), nullable=False),
        sa.Column("delivered_at", Moment()),
        sa.Column("attempts", sa.JSON(), nullable=False),
        sa.UniqueConstraint(
            "endpoint_id", "order_id", "sequence", name="uq_webhook_delivery_sequence"
        ),
    )
    for name, columns in (
        ("due", ["state", "due_at"]),
        ("member", ["member_id", "id"]),
        ("created", ["created_at"]),
    ):
        op.create_index(f"ix_webhook_delivery_{name}", "webhook_delivery", columns)
