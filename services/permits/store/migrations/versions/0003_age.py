"""When an application was handed in, so that an office can look at the oldest first."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("application", sa.Column("submitted_at", Moment()))
    op.create_index("ix_application_age", "application", ["state", "submitted_at", "id"])
