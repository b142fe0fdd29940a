"""Guidance once given, under the id that its facts and packs always give."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "guidance_answer",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("pack_hashes", sa.JSON(), nullable=False),
        sa.Column("guidance", sa.JSON(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
    )
