"""Members and their API clients."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import create_messaging_tables
from shared.db.types import Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_messaging_tables()
    op.create_table(
        "member",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("identifiers", sa.JSON(), nullable=False),
        sa.Column("registered_at", Moment(), nullable=False),
    )
    op.create_table(
        "client",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("member_id", sa.String(64), sa.ForeignKey("member.id"), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("old_secret_hash", sa.String(64)),
        sa.Column("old_secret_until", Moment()),
        sa.Column("revoked_at", Moment()),
    )
    op.create_index("ix_client_member", "client", ["member_id"])
