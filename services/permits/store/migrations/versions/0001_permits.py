"""Applications with their trail, licences with their lines, and what exports wrote off."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import create_messaging_tables
from shared.db.types import Moment, RowNumber

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_messaging_tables()
    _create_applications()
    _create_licences()
    _create_write_offs()


def _create_applications() -> None:
    op.create_table(
        "application",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("permit_type", sa.String(100), nullable=False),
        sa.Column("agency", sa.String(100), nullable=False),
        sa.Column("applicant_id", sa.String(64), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("document", sa.JSON(), nullable=False),
    )
    op.create_index("ix_application_applicant", "application", ["applicant_id", "id"])
    op.create_index("ix_application_queue", "application", ["state", "due_on", "id"])
    op.create_table(
        "application_change",
        sa.Column("id", RowNumber, primary_key=True, autoincrement=True),
        sa.Column("application_id", sa.String(64), sa.ForeignKey("application.id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deed", sa.String(20), nullable=False),
        sa.Column("member_id", sa.String(64)),
        sa.Column("client_id", sa.String(64)),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_application_change", "application_change", ["application_id", "id"])


def _create_licences() -> None:
    op.create_table(
        "licence",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("permit_no", sa.String(100), nullable=False),
        sa.Column("holder_id", sa.String(64), nullable=False),
        sa.Column("issued_at", Moment(), nullable=False),
        sa.Column("valid_until", Moment(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.UniqueConstraint("permit_no"),
    )
    op.create_index("ix_licence_holder", "licence", ["holder_id", "valid_until"])
    op.create_index("ix_licence_expiry", "licence", ["state", "valid_until"])
    op.create_table(
        "licence_line",
        sa.Column("permit_id", sa.String(64), sa.ForeignKey("licence.id"), primary_key=True),
        sa.Column("line_no", sa.Integer(), primary_key=True),
        sa.Column("hs_code", sa.String(10), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(3), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("used >= 0 AND used <= quantity", name="ck_licence_line_used"),
    )
    op.create_table(
        "permit_number",
        sa.Column("series", sa.String(120), primary_key=True),
        sa.Column("last", sa.BigInteger(), nullable=False),
    )


def _create_write_offs() -> None:
    op.create_table(
        "write_off",
        sa.Column("declaration_id", sa.String(64), primary_key=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("released_at", Moment(), nullable=False),
    )
    declaration = ("declaration_id", sa.String(64))
    op.create_table(
        "licence_use",
        sa.Column(*declaration, sa.ForeignKey("write_off.declaration_id"), primary_key=True),
        sa.Column("permit_id", sa.String(64), primary_key=True),
        sa.Column("line_no", sa.Integer(), primary_key=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_licence_use_permit", "licence_use", ["permit_id"])
    op.create_table(
        "refused_use",
        sa.Column("id", RowNumber, primary_key=True, autoincrement=True),
        sa.Column(*declaration, sa.ForeignKey("write_off.declaration_id"), nullable=False),
        sa.Column("holder_id", sa.String(64), nullable=False),
        sa.Column("permit_type", sa.String(100), nullable=False),
        sa.Column("hs_code", sa.String(10), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("was_left", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(3), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_refused_use_declaration", "refused_use", ["declaration_id"])
    op.create_index("ix_refused_use_holder", "refused_use", ["holder_id", "id"])
