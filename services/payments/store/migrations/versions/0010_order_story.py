"""What the story of an order is read by."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index("ix_obligation_order", "obligation", ["order_id"])
    op.create_index("ix_dispute_order", "dispute", ["order_id"])
    op.create_index("ix_refund_order", "refund", ["order_id"])
