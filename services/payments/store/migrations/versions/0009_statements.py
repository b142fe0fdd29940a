"""What statements of accounts are read by: the transfers of an account, the batches of a period."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_index("ix_transfer_debit", "transfer", ["debit_id", "batch"])
    op.create_index("ix_transfer_credit", "transfer", ["credit_id", "batch"])
    op.create_index("ix_batch_at", "batch", ["at"])
