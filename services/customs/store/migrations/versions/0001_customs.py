"""Documents, declarations both ways, answers given early, and what counts to a buyer's year."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import create_messaging_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_messaging_tables()
    _create_documents()
    _create_declaration()
    _create_answers()
    _create_exports()


def _create_documents() -> None:
    op.create_table(
        "document",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.String(64)),
        sa.Column("logistics_no", sa.String(100)),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("personal", sa.JSON(none_as_null=True)),
    )
    op.create_index("ix_document_order", "document", ["order_id", "kind"])
    op.create_index("ix_document_parcel", "document", ["logistics_no", "kind"])


def _create_declaration() -> None:
    op.create_table(
        "declaration",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("logistics_no", sa.String(100), nullable=False, unique=True),
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("seller_id", sa.String(64), nullable=False),
        sa.Column("marketplace_id", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index("ix_declaration_order", "declaration", ["order_id"])
    op.create_index("ix_declaration_seller", "declaration", ["seller_id", "id"])
    op.create_index("ix_declaration_marketplace", "declaration", ["marketplace_id", "id"])
    op.create_index("ix_declaration_status", "declaration", ["status", "id"])


def _create_answers() -> None:
    op.create_table(
        "pre_clearance",
        sa.Column("order_id", sa.String(64), primary_key=True),
        sa.Column("seller_id", sa.String(64), nullable=False),
        sa.Column("marketplace_id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_table(
        "buyer_check",
        sa.Column("order_id", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_table(
        "allowance",
        sa.Column("reference", sa.String(100), primary_key=True),
        sa.Column("person", sa.String(100), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
    )
    op.create_index("ix_allowance_person", "allowance", ["person", "year"])


def _create_exports() -> None:
    op.create_table(
        "export_declaration",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("consolidation_id", sa.String(64), nullable=False, unique=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index("ix_export_state", "export_declaration", ["state", "id"])
    op.create_table(
        "sealed_parcel",
        sa.Column("consolidation_id", sa.String(64), primary_key=True),
        sa.Column("parcel_id", sa.String(64), primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index("ix_sealed_parcel_order", "sealed_parcel", ["order_id"])
