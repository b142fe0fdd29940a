"""Who files messages at the gate, and for whom."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "filer",
        sa.Column("code", sa.String(18), primary_key=True),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("registered_by", sa.String(64), nullable=False),
        sa.Column("registered_at", Moment(), nullable=False),
    )
    op.create_table(
        "delegation",
        sa.Column("delegation_id", sa.String(64), primary_key=True),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("agent_id", sa.String(64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("valid_until", Moment(), nullable=False),
        sa.Column("withdrawn_at", Moment()),
    )
    op.create_index("ix_delegation_agent", "delegation", ["agent_id"])
