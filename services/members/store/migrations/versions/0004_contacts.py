"""Contacts: whom officers may ask about a member's goods."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "contact",
        sa.Column("member_id", sa.String(64), sa.ForeignKey("member.id"), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.String(64)),
        sa.Column("name", sa.String(100)),
        sa.Column("phone", sa.String(100)),
        sa.Column("email", sa.String(100)),
    )
