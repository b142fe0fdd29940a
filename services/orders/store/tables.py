"""The tables of `orders`."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from shared.db.operations import operation_tables
from shared.db.tables import messaging_tables
from shared.db.types import Moment

metadata = MetaData()
messaging_tables(metadata)
operation_tables(metadata)

# The plural is forced: ORDER is a word of SQL.
orders = Table(
    "orders",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("platform_code", String(100), nullable=False),
    Column("order_no", String(100), nullable=False),
    Column("marketplace_id", String(64), nullable=False),
    Column("seller_id", String(64), nullable=False),
    Column("seller_hub", String(6), nullable=False),
    Column("buyer_hub", String(6), nullable=False),
    Column("buyer_token", String(100), nullable=False),
    Column("channel", String(100), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("goods_minor", BigInteger, nullable=False),
    Column("freight_minor", BigInteger, nullable=False),
    Column("tax_minor", BigInteger, nullable=False),
    Column("discount_minor", BigInteger, nullable=False),
    Column("paid_minor", BigInteger, nullable=False),
    Column("lines", JSON, nullable=False),
    Column("placed_at", Moment, nullable=False),
    Column("paid", Boolean, nullable=False),
    Column("cancelled_for", String(100), nullable=False),
    Column("parcels", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("amendment", Integer, nullable=False, server_default="0"),
    # What an order is found by, in one text; nothing of the buyer is in it.
    Column("search", Text, nullable=False, server_default=""),
    UniqueConstraint("buyer_hub", "platform_code", "order_no", name="uq_orders_number"),
    Index("ix_orders_marketplace", "marketplace_id", "id"),
    Index("ix_orders_seller", "seller_id", "id"),
)

# The person apart from the order: erasing one row forgets who it was and keeps what was traded.
buyer = Table(
    "buyer",
    metadata,
    Column("order_id", ForeignKey("orders.id"), primary_key=True),
    Column("id_number", String(100), nullable=False),
    Column("name", String(100), nullable=False),
    Column("phone", String(100), nullable=False),
    Column("address", String(500), nullable=False),
)

# One row per order heard of, known or not: whoever changes the order holds it first.
timeline = Table(
    "timeline",
    metadata,
    Column("order_id", String(64), primary_key=True),
    Column("last_sequence", Integer, nullable=False),
)

timeline_entry = Table(
    "timeline_entry",
    metadata,
    Column("order_id", ForeignKey("timeline.order_id"), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(40), nullable=False),
    Column("hub", String(6), nullable=False),
    Column("event_id", String(64), nullable=False),
    Column("logistics_no", String(100), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
)

# What travels together: an arrival names the consolidation only, its departure names the parcels.
consolidation = Table(
    "consolidation",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("origin_hub", String(6)),
    Column("arrival_event_id", String(64)),
    Column("arrival_hub", String(6)),
    Column("arrived_at", Moment),
)

consolidation_parcel = Table(
    "consolidation_parcel",
    metadata,
    Column("consolidation_id", ForeignKey("consolidation.id"), primary_key=True),
    Column("logistics_no", String(100), primary_key=True),
    Column("order_id", String(64), nullable=False),
)

webhook_endpoint = Table(
    "webhook_endpoint",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("member_id", String(64), nullable=False),
    Column("url", String(500), nullable=False),
    Column("secret", String(300), nullable=False),
    Column("signing_key", String(300), nullable=False),
    Column("old_secret", String(300), nullable=False),
    Column("old_secret_until", Moment),
    Column("created_at", Moment, nullable=False),
    Column("failing_since", Moment),
    Column("disabled_at", Moment),
    Column("disabled_for", String(20)),
    Index("ix_webhook_endpoint_member", "member_id", "id"),
)

# No foreign key to the endpoint: placing an order must not wait for somebody removing an endpoint.
webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("endpoint_id", String(64), nullable=False),
    Column("member_id", String(64), nullable=False),
    # An order, or an answer of `permits`; the column is from when there were orders only.
    Column("order_id", String(64), key="subject_id", nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("type", String(60), nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("state", String(20), nullable=False),
    Column("tried", Integer, nullable=False),
    Column("replays", Integer, nullable=False),
    Column("delivered_at", Moment),
    Column("attempts", JSON, nullable=False),
    UniqueConstraint("endpoint_id", "subject_id", "sequence", name="uq_webhook_delivery_sequence"),
    Index("ix_webhook_delivery_due", "state", "due_at"),
    Index("ix_webhook_delivery_member", "member_id", "id"),
    Index("ix_webhook_delivery_created", "created_at"),
)


# One row for each version of an item; only the end of a version is ever written later.
item = Table(
    "item",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("owner_id", String(64), nullable=False),
    Column("sku", String(100), nullable=False),
    Column("gtin", String(20)),
    Column("description", String(500), nullable=False),
    Column("codes", JSON, nullable=False),
    Column("origin", String(2), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("unit_price_minor", BigInteger, nullable=False),
    Column("net_weight_g", Integer, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date),
    Column("registered_at", Moment, nullable=False),
    UniqueConstraint("owner_id", "sku", "valid_from", name="uq_item_version"),
    Index("ix_item_owner", "owner_id", "id"),
)


def _case_table(name: str, *columns: Column[Any]) -> Table:
    """A case is read and written whole: its columns are what it is found by, its body the rest."""
    return Table(
        name,
        metadata,
        Column("id", String(64), primary_key=True),
        *columns,
        Column("seller_id", String(64), nullable=False),
        Column("state", String(20), nullable=False),
        Column("due_at", Moment),
        Column("body", JSON, nullable=False),
        Index(f"ix_{name}_seller", "seller_id", "id"),
        Index(f"ix_{name}_due", "due_at"),
    )


goods_return = _case_table(
    "goods_return",
    Column("order_id", String(64), nullable=False, index=True),
    Column("marketplace_id", String(64), nullable=False, index=True),
)

complaint = _case_table(
    "complaint",
    Column("order_id", String(64), nullable=False, index=True),
    Column("marketplace_id", String(64), nullable=False, index=True),
)

recall = _case_table("recall")
