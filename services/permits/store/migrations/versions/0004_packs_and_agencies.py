"""Versions of country packs, askers of guidance, officers' agencies, desks, licences' trail."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment, RowNumber

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _create_packs()
    _create_askers()
    _create_agencies()
    _create_licence_trail()


def _create_packs() -> None:
    op.create_table(
        "pack_version",
        sa.Column("digest", sa.String(80), primary_key=True),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("hub", sa.String(10), nullable=False),
        sa.Column("published_at", Moment(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_pack_version_country", "pack_version", ["country", "published_at"])
    op.create_table(
        "pack_part",
        sa.Column("digest", sa.String(80), primary_key=True),
        sa.Column("hub", sa.String(10), primary_key=True),
        sa.Column("part", sa.Integer(), primary_key=True),
        sa.Column("text", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "refused_pack",
        sa.Column("id", RowNumber, primary_key=True, autoincrement=True),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("hub", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(600), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sqlite_autoincrement=True,
    )


def _create_askers() -> None:
    op.create_table(
        "guidance_asker",
        sa.Column(
            "answer_id", sa.String(64), sa.ForeignKey("guidance_answer.id"), primary_key=True
        ),
        sa.Column("asker_id", sa.String(64), primary_key=True),
        sa.Column("checked_under", sa.String(120), nullable=False),
        sa.Column("superseded_at", Moment()),
        sa.Column("reason", sa.String(500)),
    )
    op.create_index("ix_guidance_asker_open", "guidance_asker", ["superseded_at", "checked_under"])


def _create_agencies() -> None:
    op.create_table(
        "officer_agency",
        sa.Column("member_id", sa.String(64), primary_key=True),
        sa.Column("agency", sa.String(100), primary_key=True),
        sa.Column("given_at", Moment(), nullable=False),
        sa.Column("given_by", sa.String(64), nullable=False),
    )
    op.create_table(
        "application_desk",
        sa.Column(
            "application_id", sa.String(64), sa.ForeignKey("application.id"), primary_key=True
        ),
        sa.Column("agency", sa.String(100), primary_key=True),
    )
    op.create_index("ix_application_desk_agency", "application_desk", ["agency"])
    op.execute(
        "INSERT INTO application_desk (application_id, agency) "
        "SELECT id, agency FROM application WHERE state IN "
        "('submitted', 'initial_checks', 'under_review', 'countersign', 'under_appeal')"
    )


def _create_licence_trail() -> None:
    op.create_table(
        "licence_change",
        sa.Column("id", RowNumber, primary_key=True, autoincrement=True),
        sa.Column("licence_id", sa.String(64), sa.ForeignKey("licence.id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.String(64)),
        sa.Column("client_id", sa.String(64)),
        sa.Column("cause", sa.String(64)),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_licence_change", "licence_change", ["licence_id", "id"])
