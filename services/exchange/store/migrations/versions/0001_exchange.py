"""Streams out and in, frames, replicas and evidence."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import create_messaging_tables
from shared.db.types import Moment, RowNumber

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_messaging_tables()
    _what_is_agreed()
    _what_goes_out()
    _what_comes_in()
    _what_is_set_aside()


def _what_is_agreed() -> None:
    op.create_table(
        "peer",
        sa.Column("hub", sa.String(6), primary_key=True),
        sa.Column("suspended_at", Moment()),
    )
    op.create_table(
        "contract",
        sa.Column("peer", sa.String(6), primary_key=True),
        sa.Column("event_type", sa.String(100), primary_key=True),
        sa.Column("fields", sa.JSON()),
        sa.Column("suspended_at", Moment()),
    )


def _what_goes_out() -> None:
    op.create_table(
        "outgoing",
        sa.Column("stream", sa.String(120), primary_key=True),
        sa.Column("dest", sa.String(6), nullable=False),
        sa.Column("area", sa.String(100), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("framed_seq", sa.BigInteger(), nullable=False),
        sa.Column("produced_seq", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_seq", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.String(64), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_outgoing_dest", "outgoing", ["dest"])
    op.create_table(
        "egress",
        sa.Column("stream", sa.String(120), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("line_hash", sa.String(64), nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("stream", "event_id"),
    )
    op.create_table(
        "frame",
        sa.Column("stream", sa.String(120), primary_key=True),
        sa.Column("first", sa.BigInteger(), primary_key=True),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("header_hash", sa.String(64), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=False),
        sa.Column("receipt", sa.LargeBinary()),
        sa.Column("receipt_signature", sa.LargeBinary()),
        sa.Column("receipt_at", Moment()),
        sa.UniqueConstraint("stream", "last"),
    )


def _what_comes_in() -> None:
    op.create_table(
        "incoming",
        sa.Column("stream", sa.String(120), primary_key=True),
        sa.Column("origin", sa.String(6), nullable=False),
        sa.Column("area", sa.String(100), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.String(64), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("epoch_allowed", sa.BigInteger()),
        sa.Column("log_offset", sa.BigInteger()),
        sa.Column("applied_at", Moment()),
        sa.Column("signed_at", Moment()),
        sa.Column("stopped_at", Moment()),
        sa.Column("stop_reason", sa.String(40)),
        sa.Column("stop_detail", sa.Text()),
    )
    op.create_index("ix_incoming_origin", "incoming", ["origin"])
    op.create_table(
        "arrived_frame",
        sa.Column("stream", sa.String(120), primary_key=True),
        sa.Column("first", sa.BigInteger(), primary_key=True),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("header_hash", sa.String(64), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=False),
        sa.Column("receipt_signature", sa.LargeBinary(), nullable=False),
        sa.Column("receipt_sent_at", Moment()),
        sa.Column("applied_at", Moment(), nullable=False),
    )
    op.create_index("ix_arrived_frame_unsent", "arrived_frame", ["receipt_sent_at"])
    op.create_table(
        "arrival",
        sa.Column("stream", sa.String(120), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("line_hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "replica",
        sa.Column("origin", sa.String(6), primary_key=True),
        sa.Column("type", sa.String(100), primary_key=True),
        sa.Column("subject", sa.String(200), primary_key=True),
        sa.Column("stream", sa.String(120), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("line_hash", sa.String(64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )


def _what_is_set_aside() -> None:
    op.create_table(
        "set_aside",
        sa.Column("id", RowNumber, primary_key=True, autoincrement=True),
        sa.Column("stream", sa.String(120), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("quarantined_at", Moment(), nullable=False),
        sa.Column("replayed_at", Moment()),
        sa.UniqueConstraint("stream", "seq"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "refused_frame",
        sa.Column("id", RowNumber, primary_key=True, autoincrement=True),
        sa.Column("stream", sa.String(120), nullable=False),
        sa.Column("header_hash", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("known_hash", sa.String(64), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("refused_at", Moment(), nullable=False),
        sa.UniqueConstraint("stream", "header_hash", "reason"),
        sqlite_autoincrement=True,
    )
