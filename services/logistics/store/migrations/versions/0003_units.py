"""Units with a type and a cost, their load plans, and what stands in what under which SSCC."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("parcel", sa.Column("due_at", Moment()))
    op.add_column("consolidation", sa.Column("unit_type", sa.String(10)))
    op.add_column("consolidation", sa.Column("unit_cost_minor", sa.BigInteger()))
    op.add_column("consolidation", sa.Column("unit_cost_currency", sa.String(3)))
    op.create_table(
        "load_plan",
        sa.Column("consolidation_id", sa.String(64), primary_key=True),
        sa.Column("of_version", sa.Integer(), nullable=False),
        sa.Column("planned_at", Moment(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
    )
    op.create_table(
        "handling_unit",
        sa.Column("sscc", sa.String(18), primary_key=True),
        sa.Column("consolidation_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("parent", sa.String(18)),
        sa.Column("parcel_id", sa.String(64)),
    )
    op.create_index("ix_handling_unit_consolidation", "handling_unit", ["consolidation_id", "sscc"])
    op.create_index(
        "ix_handling_unit_parcel",
        "handling_unit",
        ["parcel_id"],
        unique=True,
        sqlite_where=sa.text("parcel_id IS NOT NULL"),
        postgresql_where=sa.text("parcel_id IS NOT NULL"),
    )
