"""The tables of `exchange`: what went out, what came in, and the evidence of both.

A stream is named by its key, `origin/dest/area/partition`. Bytes that were signed are kept as
bytes: what is sent again, proven or audited is what was signed, never a second serialisation.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
    true,
)

from services.exchange.store.snapshot_tables import metadata as metadata
from shared.db.tables import messaging_tables
from shared.db.types import Moment, RowNumber

messaging_tables(metadata)


def _unlogged(name: str, where: str) -> Index:
    """What finds the few rows that wait for something, most of them for the evidence log."""
    return Index(name, "stream", postgresql_where=text(where), sqlite_where=text(where))


peer = Table(
    "peer",
    metadata,
    Column("hub", String(6), primary_key=True),
    Column("suspended_at", Moment),
    Column("transport", String(10)),
)
"""Hubs of the anchor file; while one is suspended nothing crosses to or from it. `transport` is how
its frames are read where an operator has chosen."""

peer_document = Table(
    "peer_document",
    metadata,
    Column("hub", String(6), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("seen_at", Moment, nullable=False),
)
"""The newest hub document of each peer, as its root signed it."""

contract = Table(
    "contract",
    metadata,
    Column("peer", String(6), primary_key=True),
    Column("event_type", String(100), primary_key=True),
    Column("fields", JSON),
    Column("suspended_at", Moment),
    Column("purpose", String(200)),
)
"""What a peer gets: the types, optionally an allow-list of fields, and what for."""

negotiation = Table(
    "negotiation",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("party", String(6), nullable=False),
    Column("peer", String(6), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", String(20), nullable=False),
    Column("since", Moment, nullable=False),
    Column("deadline", Moment, nullable=False),
    Column("suspended_by", String(6)),
    Column("reason", String(200)),
    Column("origin_signature", LargeBinary),
    Column("dest_signature", LargeBinary),
    Index("ix_negotiation_deadline", "deadline"),
)
"""Contracts with peers, whichever end this hub is; `contract` follows from those in force."""

untold_step = Table(
    "untold_step",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("peer", String(6), nullable=False),
    Column("contract_id", String(100), nullable=False),
    Column("step", String(20), nullable=False),
    Column("reason", String(200)),
    Column("signature", LargeBinary),
    Column("body", LargeBinary),
    Index("ix_untold_step_peer", "peer", "id"),
    sqlite_autoincrement=True,
)
"""Steps of contracts taken here that the peer has not confirmed yet."""

outgoing = Table(
    "outgoing",
    metadata,
    Column("stream", String(120), primary_key=True),
    Column("dest", String(6), nullable=False),
    Column("area", String(100), nullable=False),
    Column("partition", Integer, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("framed_seq", BigInteger, nullable=False),
    Column("produced_seq", BigInteger, nullable=False),
    Column("acknowledged_seq", BigInteger, nullable=False),
    Column("chain", String(64), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("stopped_at", Moment),
    Column("stop_reason", String(40)),
    Column("stop_detail", Text),
    Column("kept_from", BigInteger, nullable=False, server_default="1"),
    Index("ix_outgoing_dest", "dest"),
)
"""Streams that start here, and how far each has come: numbered, framed, on Kafka, acknowledged.
Frames before record `kept_from` have no value any more; who stands before it gets a snapshot."""

egress = Table(
    "egress",
    metadata,
    Column("stream", String(120), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("event_id", String(64), nullable=False),
    Column("type", String(100), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("line_hash", String(64), nullable=False),
    Column("line", LargeBinary, nullable=False),
    UniqueConstraint("stream", "event_id"),
)
"""Records of outgoing streams, already cut down to what the destination may see."""

frame = Table(
    "frame",
    metadata,
    Column("stream", String(120), primary_key=True),
    Column("first", BigInteger, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("header_hash", String(64), nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("closed_at", Moment, nullable=False),
    Column("receipt", LargeBinary),
    Column("receipt_signature", LargeBinary),
    Column("receipt_at", Moment),
    Column("frame_leaf", BigInteger),
    Column("receipt_leaf", BigInteger),
    UniqueConstraint("stream", "last"),
    _unlogged("ix_frame_unlogged", "frame_leaf IS NULL"),
    _unlogged("ix_frame_unacknowledged", "receipt_at IS NULL"),
    _unlogged("ix_frame_receipt_unlogged", "receipt IS NOT NULL AND receipt_leaf IS NULL"),
)
"""Signed frames as they leave, and the destination's receipt once it came; the leaves are where
both stand in the evidence log."""

incoming = Table(
    "incoming",
    metadata,
    Column("stream", String(120), primary_key=True),
    Column("origin", String(6), nullable=False),
    Column("area", String(100), nullable=False),
    Column("partition", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("chain", String(64), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("epoch_allowed", BigInteger),
    Column("epoch_due", BigInteger, nullable=False, server_default="1"),
    Column("epoch_behind", BigInteger, nullable=False, server_default="0"),
    Column("log_offset", BigInteger),
    Column("applied_at", Moment),
    Column("signed_at", Moment),
    Column("stopped_at", Moment),
    Column("stop_reason", String(40)),
    Column("stop_detail", Text),
    Column("frozen_at", Moment),
    Index("ix_incoming_origin", "origin"),
)
"""Streams of peers: the position, and why one stands still. `log_offset` only saves reading; a
frozen stream takes nothing until an operator thaws it."""

arrived_frame = Table(
    "arrived_frame",
    metadata,
    Column("stream", String(120), primary_key=True),
    Column("first", BigInteger, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("header_hash", String(64), nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("receipt", LargeBinary, nullable=False),
    Column("receipt_signature", LargeBinary, nullable=False),
    Column("receipt_sent_at", Moment),
    Column("receipt_refused_at", Moment),
    Column("receipt_refusal", String(40)),
    Column("applied_at", Moment, nullable=False),
    Column("value", LargeBinary),
    Column("leaf", BigInteger),
    Index("ix_arrived_frame_unsent", "receipt_sent_at"),
    _unlogged("ix_arrived_frame_unlogged", "leaf IS NULL"),
)
"""Frames that were applied, and the receipt given for each. `leaf` is where the frame stands in the
evidence log, its receipt behind it; `value` is missing for frames that came before it was kept."""

arrival = Table(
    "arrival",
    metadata,
    Column("stream", String(120), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("event_id", String(64), nullable=False),
    Column("type", String(100), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("line_hash", String(64), nullable=False),
    Column("data_hash", String(64), nullable=False, server_default=""),
)
"""Which record came under which number: what projection hashes are computed over. `data_hash` tells
whether a replica still is what came; blank for records that came before it was kept."""

replica = Table(
    "replica",
    metadata,
    Column("origin", String(6), primary_key=True),
    Column("type", String(100), primary_key=True),
    Column("subject", String(200), primary_key=True),
    Column("stream", String(120), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("event_id", String(64), nullable=False),
    Column("line_hash", String(64), nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""The newest record of each (origin, type, subject), its data as the origin shared it."""

set_aside = Table(
    "set_aside",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("stream", String(120), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("subject", String(200), nullable=False, server_default=""),
    Column("reason", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("line", LargeBinary, nullable=False),
    Column("quarantined_at", Moment, nullable=False),
    Column("replayed_at", Moment),
    UniqueConstraint("stream", "seq"),
    Index("ix_set_aside_open", "stream", "replayed_at"),
    sqlite_autoincrement=True,
)
"""Records of good frames that could not be applied, with their bytes and the failing check."""

refused_frame = Table(
    "refused_frame",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("origin", String(6), nullable=False, server_default=""),
    Column("is_authentic", Boolean, nullable=False, server_default=true()),
    Column("stream", String(120), nullable=False),
    Column("header_hash", String(64), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("known_hash", String(64), nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("refused_at", Moment, nullable=False),
    UniqueConstraint("stream", "header_hash", "reason"),
    Index("ix_refused_frame_origin", "origin", "is_authentic"),
    sqlite_autoincrement=True,
)
"""Frames that were refused, whole: evidence of a fork, a forgery or a fault."""

evidence_tree = Table(
    "evidence_tree",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
"""The evidence log, one row: how many entries it has, and the newest signed tree head."""

evidence_node = Table(
    "evidence_node",
    metadata,
    Column("level", Integer, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
)
"""The full nodes of the evidence log; level 0 are its leaves."""

peer_head = Table(
    "peer_head",
    metadata,
    Column("hub", String(6), primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("seen_at", Moment, nullable=False),
)
"""The newest head of each peer's log that followed from the one before."""

contradicting_head = Table(
    "contradicting_head",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("hub", String(6), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("held_body", LargeBinary, nullable=False),
    Column("held_signature", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("seen_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
"""Two heads that one peer signed and that can't both be true: evidence."""

hub_document = Table(
    "hub_document",
    metadata,
    Column("hub", String(6), primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("envelope", LargeBinary, nullable=False),
)
"""Every hub document believed so far, and this hub's own: past keys prove what they signed."""

canary = Table(
    "canary",
    metadata,
    Column("peer", String(6), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("sent_at", Moment, nullable=False),
    Column("returned_at", Moment),
    Column("round_trip_ms", BigInteger),
)
"""The newest canary to each peer, and how long the newest that is back was away."""
