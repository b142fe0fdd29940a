"""The register of transfers: whose data left, to whom, what for, in which year."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment, RowNumber

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("contract", sa.Column("purpose", sa.String(200)))
    op.create_table(
        "transfer",
        sa.Column("id", RowNumber, primary_key=True, autoincrement=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(200), nullable=False),
        sa.Column("peer", sa.String(6), nullable=False),
        sa.Column("purpose", sa.String(200), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("first_at", Moment(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.UniqueConstraint("year", "person", "peer", "purpose"),
        sqlite_autoincrement=True,
    )
