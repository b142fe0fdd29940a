"""Parcels, consolidations, waybills, what comes in, and what was heard of orders."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import create_messaging_tables
from shared.db.types import Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_messaging_tables()
    _create_parcels()
    _create_consolidations()
    _create_what_comes_in()
    _create_waybills()


def _create_parcels() -> None:
    op.create_table(
        "heard_order",
        sa.Column("order_id", sa.String(64), primary_key=True),
        sa.Column("order_no", sa.String(100), nullable=False),
        sa.Column("seller_id", sa.String(64), nullable=False),
        sa.Column("marketplace_id", sa.String(64), nullable=False),
        sa.Column("seller_hub", sa.String(6), nullable=False),
        sa.Column("buyer_hub", sa.String(6), nullable=False),
        sa.Column("verdict", sa.String(10)),
        sa.Column("captured_minor", sa.BigInteger()),
        sa.Column("captured_currency", sa.String(3)),
        sa.Column("refunded_minor", sa.BigInteger()),
        sa.Column("refunded_currency", sa.String(3)),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_heard_order_no", "heard_order", ["order_no"])
    op.create_table(
        "parcel",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("logistics_no", sa.String(100), nullable=False),
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("order_no", sa.String(100), nullable=False),
        sa.Column("seller_id", sa.String(64), nullable=False),
        sa.Column("marketplace_id", sa.String(64), nullable=False),
        sa.Column("destination_hub", sa.String(6), nullable=False),
        sa.Column("gross_g", sa.BigInteger(), nullable=False),
        sa.Column("length_mm", sa.Integer(), nullable=False),
        sa.Column("width_mm", sa.Integer(), nullable=False),
        sa.Column("height_mm", sa.Integer(), nullable=False),
        sa.Column("packages", sa.Integer(), nullable=False),
        sa.Column("temperature", sa.String(10), nullable=False),
        sa.Column("bonded", sa.Boolean(), nullable=False),
        sa.Column("dangerous_class", sa.String(3), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("pool", sa.String(20)),
        sa.Column("consolidation_id", sa.String(64)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("booked_at", Moment(), nullable=False),
    )
    op.create_index("ix_parcel_logistics_no", "parcel", ["logistics_no"], unique=True)
    op.create_index(
        "ix_parcel_live_order",
        "parcel",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'cancelled'"),
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.create_index("ix_parcel_consolidation", "parcel", ["consolidation_id", "id"])
    op.create_index("ix_parcel_seller", "parcel", ["seller_id", "id"])
    op.create_index("ix_parcel_marketplace", "parcel", ["marketplace_id", "id"])


def _create_consolidations() -> None:
    op.create_table(
        "consolidation",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("opened_by", sa.String(64), nullable=False),
        sa.Column("origin", sa.String(5), nullable=False),
        sa.Column("destination", sa.String(5), nullable=False),
        sa.Column("destination_hub", sa.String(6), nullable=False),
        sa.Column("by_air", sa.Boolean(), nullable=False),
        sa.Column("cut_off_at", Moment(), nullable=False),
        sa.Column("departs_at", Moment()),
        sa.Column("arrives_at", Moment()),
        sa.Column("master_waybill", sa.String(100), nullable=False),
        sa.Column("unit_no", sa.String(100), nullable=False),
        sa.Column("temperature", sa.String(10), nullable=False),
        sa.Column("bonded", sa.Boolean(), nullable=False),
        sa.Column("dangerous_class", sa.String(3), nullable=False),
        sa.Column("tariff", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("seals", sa.JSON(), nullable=False),
        sa.Column("gross_g", sa.BigInteger()),
        sa.Column("volumetric_g", sa.BigInteger()),
        sa.Column("chargeable_g", sa.BigInteger()),
        sa.Column("freight_minor", sa.BigInteger()),
        sa.Column("alone_minor", sa.BigInteger()),
        sa.Column("gate_weight_g", sa.BigInteger()),
        sa.Column("export_declaration_id", sa.String(64)),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("ix_consolidation_cut_off", "consolidation", ["state", "cut_off_at"])
    op.create_index("ix_consolidation_opened_by", "consolidation", ["opened_by", "id"])
    op.create_table(
        "freight_share",
        sa.Column("consolidation_id", sa.String(64), primary_key=True),
        sa.Column("parcel_id", sa.String(64), primary_key=True),
        sa.Column("chargeable_g", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("alone_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
    )
    op.create_table(
        "number_series",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("last", sa.BigInteger(), nullable=False),
    )


def _create_what_comes_in() -> None:
    op.create_table(
        "inbound_consolidation",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("origin_hub", sa.String(6), nullable=False),
        sa.Column("master_waybill", sa.String(100), nullable=False),
        sa.Column("unit_no", sa.String(100), nullable=False),
        sa.Column("seals", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(100), nullable=False),
        sa.Column("destination", sa.String(100), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("departed_at", Moment(), nullable=False),
        sa.Column("arrived_at", Moment()),
        sa.Column("closed_at", Moment()),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_table(
        "inbound_parcel",
        sa.Column("logistics_no", sa.String(100), primary_key=True),
        sa.Column("order_id", sa.String(64), primary_key=True),
        sa.Column("order_no", sa.String(100), nullable=False),
        sa.Column("parcel_id", sa.String(64), nullable=False),
        sa.Column("origin_hub", sa.String(6), nullable=False),
        sa.Column("consolidation_id", sa.String(64)),
        sa.Column("clearance", sa.String(10), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("pool", sa.String(20)),
        sa.Column("delivered_at", Moment()),
        sa.Column("proof_sha256", sa.String(64)),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index(
        "ix_inbound_parcel_consolidation", "inbound_parcel", ["consolidation_id", "pool"]
    )
    op.create_table(
        "tracking_event",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("subject_id", sa.String(170), nullable=False),
        sa.Column("activity", sa.String(40), nullable=False),
        sa.Column("classifier", sa.String(10), nullable=False),
        sa.Column("happens_at", Moment(), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("place", sa.String(100), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.String(100), nullable=False),
    )
    op.create_index("ix_tracking_event_subject", "tracking_event", ["subject_id", "happens_at"])


def _create_waybills() -> None:
    op.create_table(
        "waybill",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("logistics_no", sa.String(100), nullable=False),
        sa.Column("order_no", sa.String(100), nullable=False),
        sa.Column("recorded_by", sa.String(64), nullable=False),
        sa.Column("carrier_code", sa.String(100), nullable=False),
        sa.Column("master_waybill", sa.String(100)),
        sa.Column("freight_minor", sa.BigInteger(), nullable=False),
        sa.Column("freight_currency", sa.String(3), nullable=False),
        sa.Column("insured_minor", sa.BigInteger(), nullable=False),
        sa.Column("insured_currency", sa.String(3), nullable=False),
        sa.Column("gross_g", sa.BigInteger(), nullable=False),
        sa.Column("packages", sa.Integer(), nullable=False),
        sa.Column("consignee_name", sa.String(100), nullable=False),
        sa.Column("consignee_phone", sa.String(100), nullable=False),
        sa.Column("consignee_address", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("ix_waybill_number", "waybill", ["logistics_no", "carrier_code"], unique=True)
    op.create_index("ix_waybill_recorded_by", "waybill", ["recorded_by", "id"])
