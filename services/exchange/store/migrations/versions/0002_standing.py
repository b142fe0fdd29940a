"""Why streams stand still at either end, refused receipts, and evidence that has a limit."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("peer", sa.Column("transport", sa.String(10)))
    op.add_column("incoming", sa.Column("frozen_at", Moment()))
    op.add_column("outgoing", sa.Column("stopped_at", Moment()))
    op.add_column("outgoing", sa.Column("stop_reason", sa.String(40)))
    op.add_column("outgoing", sa.Column("stop_detail", sa.Text()))
    op.add_column("arrived_frame", sa.Column("receipt_refused_at", Moment()))
    op.add_column("arrived_frame", sa.Column("receipt_refusal", sa.String(40)))
    op.add_column(
        "set_aside", sa.Column("subject", sa.String(200), nullable=False, server_default="")
    )
    op.create_index("ix_set_aside_open", "set_aside", ["stream", "replayed_at"])
    op.add_column(
        "refused_frame", sa.Column("origin", sa.String(6), nullable=False, server_default="")
    )
    op.add_column(
        "refused_frame",
        sa.Column("is_authentic", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.execute("UPDATE refused_frame SET origin = substr(stream, 1, 6)")
    op.create_index("ix_refused_frame_origin", "refused_frame", ["origin", "is_authentic"])
