"""Forms that are filed at the gate of Malaysia."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "form_filing",
        sa.Column("number", sa.String(64), primary_key=True),
        sa.Column("form", sa.String(10), nullable=False),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(100)),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index("ix_form_filing_member", "form_filing", ["member_id", "number"])
    op.create_index("ix_form_filing_previous", "form_filing", ["previous"])
