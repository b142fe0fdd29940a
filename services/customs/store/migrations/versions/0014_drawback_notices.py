"""Who said on which export declaration that drawback will be claimed."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "drawback_notice",
        sa.Column("declaration_id", sa.String(64), primary_key=True),
        sa.Column("seller_id", sa.String(64), primary_key=True),
        sa.Column("given_at", Moment(), nullable=False),
    )
