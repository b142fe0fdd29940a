"""What each record's data was when it came, so that an altered replica is noticed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column(
        "arrival", sa.Column("data_hash", sa.String(64), nullable=False, server_default="")
    )
