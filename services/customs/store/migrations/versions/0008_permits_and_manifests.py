"""What customs heard of permits, and the manifests of units beside what was declared."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "known_permit",
        sa.Column("permit_id", sa.String(64), primary_key=True),
        sa.Column("holder_id", sa.String(64)),
        sa.Column("permit_no", sa.String(100)),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index("ix_known_permit_holder", "known_permit", ["holder_id"])
    op.create_index("ix_known_permit_no", "known_permit", ["permit_no"])
    op.create_table(
        "permit_use",
        sa.Column("declaration_id", sa.String(64), primary_key=True),
        sa.Column("permit_id", sa.String(64), primary_key=True),
        sa.Column("line_no", sa.Integer(), primary_key=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "manifest_check",
        sa.Column("consolidation_id", sa.String(64), primary_key=True),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index("ix_manifest_check_state", "manifest_check", ["state", "consolidation_id"])
