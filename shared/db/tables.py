"""The tables every service has beside its own: how it speaks, hears and answers exactly once."""

from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from shared.db.types import Moment, RowNumber


class MessagingTables(NamedTuple):
    """One service's set of them."""

    outbox: Table
    outbox_dead: Table
    inbox: Table
    position: Table
    quarantine: Table
    idempotency: Table


def messaging_tables(metadata: MetaData) -> MessagingTables:
    """Add the messaging tables to a service's metadata, or return those already there."""
    if "outbox" in metadata.tables:
        return MessagingTables(*(metadata.tables[name] for name in MessagingTables._fields))
    return MessagingTables(
        outbox=_outbox(metadata),
        outbox_dead=_outbox_dead(metadata),
        inbox=_inbox(metadata),
        position=_position(metadata),
        quarantine=_quarantine(metadata),
        idempotency=_idempotency(metadata),
    )


def _outbox(metadata: MetaData) -> Table:
    """Events written but not yet on the bus; the relay deletes a row once the bus has it."""
    return Table(
        "outbox",
        metadata,
        Column("id", RowNumber, primary_key=True, autoincrement=True),
        Column("event_id", String(64), nullable=False, unique=True),
        Column("topic", String(200), nullable=False),
        Column("key", String(200), nullable=False),
        Column("attributes", LargeBinary, nullable=False),
        Column("data", LargeBinary, nullable=False),
        Column("created_at", Moment, nullable=False),
        Column("attempts", Integer, nullable=False, server_default="0"),
        sqlite_autoincrement=True,
    )


def _outbox_dead(metadata: MetaData) -> Table:
    """Events the bus refuses for good; an operator must look."""
    return Table(
        "outbox_dead",
        metadata,
        Column("id", RowNumber, primary_key=True, autoincrement=False),
        Column("event_id", String(64), nullable=False),
        Column("topic", String(200), nullable=False),
        Column("key", String(200), nullable=False),
        Column("attributes", LargeBinary, nullable=False),
        Column("data", LargeBinary, nullable=False),
        Column("created_at", Moment, nullable=False),
        Column("reason", Text, nullable=False),
    )


def _inbox(metadata: MetaData) -> Table:
    """Which events were handled already, so that the second delivery changes nothing."""
    return Table(
        "inbox",
        metadata,
        Column("event_id", String(64), primary_key=True),
        Column("handled_at", Moment, nullable=False),
        Index("ix_inbox_handled_at", "handled_at"),
    )


def _position(metadata: MetaData) -> Table:
    """How far this service has read, kept in the transaction that applied what it read."""
    return Table(
        "position",
        metadata,
        Column("topic", String(200), primary_key=True),
        Column("partition", Integer, primary_key=True),
        Column("next_offset", BigInteger, nullable=False),
    )


def _quarantine(metadata: MetaData) -> Table:
    """Records that could not be handled, whole, with the reason; replayed by an operator."""
    return Table(
        "quarantine",
        metadata,
        Column("id", RowNumber, primary_key=True, autoincrement=True),
        Column("topic", String(200), nullable=False),
        Column("partition", Integer, nullable=False),
        Column("offset", BigInteger, nullable=False),
        Column("key", String(200), nullable=False),
        Column("event_id", String(64), nullable=False),
        Column("attributes", LargeBinary, nullable=False),
        Column("data", LargeBinary, nullable=False),
        Column("reason", String(100), nullable=False),
        Column("detail", Text, nullable=False),
        Column("quarantined_at", Moment, nullable=False),
        Column("replayed_at", Moment),
        UniqueConstraint("topic", "partition", "offset"),
        Index("ix_quarantine_open", "topic", "key", "replayed_at"),
        sqlite_autoincrement=True,
    )


def _idempotency(metadata: MetaData) -> Table:
    """Replies already given, by tenant and Idempotency-Key; kept 24 hours."""
    return Table(
        "idempotency",
        metadata,
        Column("tenant", String(64), primary_key=True),
        Column("key", String(255), primary_key=True),
        Column("fingerprint", String(64), nullable=False),
        Column("status", Integer, nullable=False),
        Column("headers", Text, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("created_at", Moment, nullable=False),
        Index("ix_idempotency_created_at", "created_at"),
    )
