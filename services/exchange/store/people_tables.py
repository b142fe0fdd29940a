"""The tables of people: their keys, here and of peers, and the register of what left of them.

They are few and stand apart, so that they can be backed up apart, and not for long.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)

from shared.db.types import Moment, RowNumber

metadata = MetaData()
"""Of all tables of this service; others are added in `snapshot_tables.py` and `tables.py`."""


def _unlogged(name: str) -> Index:
    """What finds the few receipts that wait for the evidence log."""
    where = text("receipt IS NOT NULL AND receipt_leaf IS NULL")
    return Index(name, "name", postgresql_where=where, sqlite_where=where)


person = Table(
    "person",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("erased_at", Moment),
)
"""Whose data left sealed, or may never leave: an erasure may be heard before any record."""

person_key = Table(
    "person_key",
    metadata,
    Column("name", String(26), primary_key=True),
    Column("person", String(200), nullable=False),
    Column("peer", String(6), nullable=False),
    Column("wrapped", LargeBinary),
    Column("made_at", Moment, nullable=False),
    Column("erased_at", Moment),
    Column("receipt", LargeBinary),
    Column("receipt_signature", LargeBinary),
    Column("receipt_leaf", BigInteger),
    UniqueConstraint("person", "peer"),
    Index("ix_person_key_peer", "peer", "erased_at"),
    _unlogged("ix_person_key_unlogged"),
)
"""This hub's keys, one for each person and peer, wrapped for the pair; gone once erased. The peer's
receipt says that it deleted its copy; the leaf is where that stands in the evidence log."""

held_key = Table(
    "held_key",
    metadata,
    Column("origin", String(6), primary_key=True),
    Column("name", String(26), primary_key=True),
    Column("wrapped", LargeBinary),
    Column("held_at", Moment, nullable=False),
    Column("receipt", LargeBinary),
    Column("receipt_signature", LargeBinary),
    Column("receipt_leaf", BigInteger),
    _unlogged("ix_held_key_unlogged"),
)
"""Peers' keys that this hub was given, wrapped for the pair; once erased only the receipt is left,
and no copy is taken again."""

transfer = Table(
    "transfer",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("year", Integer, nullable=False),
    Column("person", String(200), nullable=False),
    Column("peer", String(6), nullable=False),
    Column("purpose", String(200), nullable=False),
    Column("records", BigInteger, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    UniqueConstraint("year", "person", "peer", "purpose"),
    sqlite_autoincrement=True,
)
"""Whose data left the hub, for whom and what for, a row for each year; kept after an erasure."""
