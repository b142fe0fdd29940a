"""Who asked whether something fits a buyer's year; never about whom."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "allowance_question",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("asker", sa.String(64), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("order_id", sa.String(64)),
        sa.Column("fits", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_allowance_question_asker", "allowance_question", ["asker", "asked_at"])
