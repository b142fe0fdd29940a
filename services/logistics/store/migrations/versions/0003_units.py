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
    _create_carriage()


def _create_carriage() -> None:
    op.create_table(
        "carriage",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("parcel_id", sa.String(64), nullable=False),
        sa.Column("carrier", sa.String(40), nullable=False),
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("carrier_no", sa.String(40), nullable=False),
        sa.Column("reference", sa.String(100), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("price_currency", sa.String(3), nullable=False),
        sa.Column("booked_at", Moment(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("ready_at", Moment()),
        sa.Column("pickup_at", Moment()),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("ix_carriage_number", "carriage", ["carrier", "carrier_no"], unique=True)
    op.create_index("ix_carriage_parcel", "carriage", ["parcel_id", "id"])
    op.create_index("ix_carriage_state", "carriage", ["state", "id"])
    op.create_table(
        "carrier_event",
        sa.Column("carriage_id", sa.String(64), primary_key=True),
        sa.Column("event", sa.String(100), primary_key=True),
    )
