"""The evidence log, heads of peers' logs, and every hub document that was ever believed."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment, RowNumber

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    _what_is_logged()
    _what_the_log_is()
    _what_peers_show()


def _what_is_logged() -> None:
    op.add_column("frame", sa.Column("frame_leaf", sa.BigInteger()))
    op.add_column("frame", sa.Column("receipt_leaf", sa.BigInteger()))
    op.add_column("arrived_frame", sa.Column("value", sa.LargeBinary()))
    op.add_column("arrived_frame", sa.Column("leaf", sa.BigInteger()))
    unlogged = {
        "frame": ("frame_leaf IS NULL", "ix_frame_unlogged"),
        "arrived_frame": ("leaf IS NULL", "ix_arrived_frame_unlogged"),
    }
    for table, (where, name) in unlogged.items():
        op.create_index(
            name, table, ["stream"], postgresql_where=sa.text(where), sqlite_where=sa.text(where)
        )
    got = "receipt IS NOT NULL AND receipt_leaf IS NULL"
    op.create_index(
        "ix_frame_receipt_unlogged",
        "frame",
        ["stream"],
        postgresql_where=sa.text(got),
        sqlite_where=sa.text(got),
    )


def _what_the_log_is() -> None:
    tree = op.create_table(
        "evidence_tree",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
    )
    op.bulk_insert(tree, [{"id": 1, "epoch": 1, "size": 0, "body": b"", "signature": b""}])
    op.create_table(
        "evidence_node",
        sa.Column("level", sa.Integer(), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
    )


def _what_peers_show() -> None:
    op.create_table(
        "peer_head",
        sa.Column("hub", sa.String(6), primary_key=True),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
    )
    op.create_table(
        "contradicting_head",
        sa.Column("id", RowNumber, primary_key=True, autoincrement=True),
        sa.Column("hub", sa.String(6), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("held_body", sa.LargeBinary(), nullable=False),
        sa.Column("held_signature", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sqlite_autoincrement=True,
    )
    documents = op.create_table(
        "hub_document",
        sa.Column("hub", sa.String(6), primary_key=True),
        sa.Column("version", sa.BigInteger(), primary_key=True),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
    )
    op.execute(
        f"INSERT INTO {documents.name} (hub, version, envelope) "  # noqa: S608 (a constant)
        "SELECT hub, version, envelope FROM peer_document"
    )
