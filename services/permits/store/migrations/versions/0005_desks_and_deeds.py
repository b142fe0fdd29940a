"""Who works on what lies on a desk, and what was done to a licence."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("application_desk", sa.Column("officer_id", sa.String(64)))
    # What was handed in since desks were made lies on one too.
    op.execute("DELETE FROM application_desk")
    op.execute(
        "INSERT INTO application_desk (application_id, agency) "
        "SELECT id, agency FROM application WHERE state IN "
        "('submitted', 'initial_checks', 'under_review', 'countersign', 'under_appeal')"
    )
    # Nothing was written here yet; the default only satisfies databases that ask for one.
    op.add_column(
        "licence_change",
        sa.Column("deed", sa.String(20), nullable=False, server_default="issue"),
    )
