"""Hub documents of peers, contracts with them, and the steps they have yet to be told of."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment, RowNumber

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "peer_document",
        sa.Column("hub", sa.String(6), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
    )
    op.create_table(
        "negotiation",
        sa.Column("id", sa.String(100), primary_key=True),
        sa.Column("party", sa.String(6), nullable=False),
        sa.Column("peer", sa.String(6), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("deadline", Moment(), nullable=False),
        sa.Column("suspended_by", sa.String(6)),
        sa.Column("reason", sa.String(200)),
        sa.Column("origin_signature", sa.LargeBinary()),
        sa.Column("dest_signature", sa.LargeBinary()),
    )
    op.create_index("ix_negotiation_deadline", "negotiation", ["deadline"])
    op.create_table(
        "untold_step",
        sa.Column("id", RowNumber, primary_key=True, autoincrement=True),
        sa.Column("peer", sa.String(6), nullable=False),
        sa.Column("contract_id", sa.String(100), nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(200)),
        sa.Column("signature", sa.LargeBinary()),
        sa.Column("body", sa.LargeBinary()),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_untold_step_peer", "untold_step", ["peer", "id"])
