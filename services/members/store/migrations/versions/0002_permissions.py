"""Delegations and consents."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "permission",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("member_id", sa.String(64), sa.ForeignKey("member.id"), nullable=False),
        sa.Column("to", sa.String(100), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("given_at", Moment(), nullable=False),
        sa.Column("valid_until", Moment(), nullable=False),
        sa.Column("withdrawn_at", Moment()),
    )
    op.create_index("ix_permission_member", "permission", ["member_id", "id"])
    op.create_index("ix_permission_to", "permission", ["to", "id"])
