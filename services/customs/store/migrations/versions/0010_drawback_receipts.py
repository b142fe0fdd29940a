"""By which receipt a granted drawback claim's duty was paid, and how much of it was claimed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("drawback_claim", sa.Column("receipt_no", sa.String(100)))
    op.add_column("drawback_claim", sa.Column("duty_minor", sa.BigInteger()))
    op.create_index("ix_drawback_claim_receipt", "drawback_claim", ["receipt_no"])
