"""Canaries; and frames without a receipt are found by an index, for the gauges look every 5 s."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "canary",
        sa.Column("peer", sa.String(6), primary_key=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=False),
        sa.Column("returned_at", Moment()),
        sa.Column("round_trip_ms", sa.BigInteger()),
    )
    waiting = sa.text("receipt_at IS NULL")
    op.create_index(
        "ix_frame_unacknowledged",
        "frame",
        ["stream"],
        postgresql_where=waiting,
        sqlite_where=waiting,
    )
