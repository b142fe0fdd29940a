"""What payment providers were asked and answered: customs may ask for it."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "payment_original",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("answered", sa.Text(), nullable=False),
        sa.Column("verified_by", sa.String(20), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("answered_at", Moment, nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("keep_until", Moment, nullable=False),
    )
    op.create_index("ix_payment_original_keep_until", "payment_original", ["keep_until"])
