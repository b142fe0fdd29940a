"""The tables of `members`."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, MetaData, String, Table

from shared.db.tables import messaging_tables
from shared.db.types import Moment

metadata = MetaData()
messaging_tables(metadata)

member = Table(
    "member",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("name", String(100), nullable=False),
    Column("country", String(2), nullable=False),
    Column("identifiers", JSON, nullable=False),
    Column("registered_at", Moment, nullable=False),
)

client = Table(
    "client",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("member_id", ForeignKey("member.id"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("secret_hash", String(64), nullable=False),
    Column("old_secret_hash", String(64)),
    Column("old_secret_until", Moment),
    Column("revoked_at", Moment),
    Column("public_keys", JSON),
    Index("ix_client_member", "member_id"),
)

# Proofs by signature that were used, until they end: none is good twice.
used_assertion = Table(
    "used_assertion",
    metadata,
    Column("client_id", ForeignKey("client.id"), primary_key=True),
    Column("number", String(100), primary_key=True),
    Column("ends_at", Moment, nullable=False),
)

# Whom to ask about a member's goods. The row stays when the person is erased: its version goes on.
contact = Table(
    "contact",
    metadata,
    Column("member_id", ForeignKey("member.id"), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("person_id", String(64)),
    Column("name", String(100)),
    Column("phone", String(100)),
    Column("email", String(100)),
)

# Delegations to agents and consents to the use of data: `to` is the agent, or the purpose.
permission = Table(
    "permission",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("member_id", ForeignKey("member.id"), nullable=False),
    Column("to", String(100), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("given_at", Moment, nullable=False),
    Column("valid_until", Moment, nullable=False),
    Column("withdrawn_at", Moment),
    Index("ix_permission_member", "member_id", "id"),
    Index("ix_permission_to", "to", "id"),
)
