"""By when a declaration or an export list must be answered that was returned."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    for table in ("declaration", "export_list"):
        op.add_column(table, sa.Column("deadline", Moment()))
        op.create_index(
            f"ix_{table}_deadline",
            table,
            ["deadline"],
            postgresql_where=sa.text("deadline IS NOT NULL"),
            sqlite_where=sa.text("deadline IS NOT NULL"),
        )
