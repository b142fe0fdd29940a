"""Personal data leave sealed with a key of each person and peer, and are erased by deleting it."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("erased_at", Moment()),
    )
    op.create_table(
        "person_key",
        sa.Column("name", sa.String(26), primary_key=True),
        sa.Column("person", sa.String(200), nullable=False),
        sa.Column("peer", sa.String(6), nullable=False),
        sa.Column("wrapped", sa.LargeBinary()),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("erased_at", Moment()),
        sa.Column("receipt", sa.LargeBinary()),
        sa.Column("receipt_signature", sa.LargeBinary()),
        sa.UniqueConstraint("person", "peer"),
    )
    op.create_index("ix_person_key_peer", "person_key", ["peer", "erased_at"])
    op.create_table(
        "held_key",
        sa.Column("origin", sa.String(6), primary_key=True),
        sa.Column("name", sa.String(26), primary_key=True),
        sa.Column("wrapped", sa.LargeBinary()),
        sa.Column("held_at", Moment(), nullable=False),
        sa.Column("receipt", sa.LargeBinary()),
        sa.Column("receipt_signature", sa.LargeBinary()),
    )
