"""Clients prove themselves by keys, and each proof once."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("client", sa.Column("public_keys", sa.JSON(), nullable=True))
    op.create_table(
        "used_assertion",
        sa.Column("client_id", sa.String(64), sa.ForeignKey("client.id"), primary_key=True),
        sa.Column("number", sa.String(100), primary_key=True),
        sa.Column("ends_at", Moment(), nullable=False),
    )
