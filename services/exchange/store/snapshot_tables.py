"""The tables of snapshots: parts to be asked for, how far one was taken, what was signed."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, text

from services.exchange.store.people_tables import metadata as metadata
from shared.db.types import Moment

snapshot_part = Table(
    "snapshot_part",
    metadata,
    Column("stream", String(120), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
)
"""The parts of an outgoing stream's newest snapshot, until its destination has signed for it."""

snapshot_taking = Table(
    "snapshot_taking",
    metadata,
    Column("stream", String(120), primary_key=True),
    Column("snapshot", String(64), nullable=False),
    Column("roots", LargeBinary, nullable=False),
)
"""How far the snapshot of an incoming stream was taken: the roots of its parts so far."""

snapshot_taken = Table(
    "snapshot_taken",
    metadata,
    Column("stream", String(120), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("header", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("receipt", LargeBinary, nullable=False),
    Column("receipt_signature", LargeBinary, nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("told_at", Moment),
    Column("leaf", BigInteger),
    Index(
        "ix_snapshot_taken_unlogged",
        "stream",
        "seq",
        postgresql_where=text("leaf IS NULL"),
        sqlite_where=text("leaf IS NULL"),
    ),
)
"""Snapshots that crossed, at either end: the last part's header, and what the destination signed.
`told_at` is when it handed that over, `leaf` where the receipt stands in the evidence log."""

arrived_part = Table(
    "arrived_part",
    metadata,
    Column("stream", String(120), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
)
"""The parts of snapshots that came, as evidence for their records. `seq` is the snapshot's, `last`
the number of the part's last record."""
