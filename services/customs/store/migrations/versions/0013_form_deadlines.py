"""By when a filed form must move on."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("form_filing", sa.Column("deadline", Moment()))
    op.create_index("ix_form_filing_deadline", "form_filing", ["deadline", "number"])
