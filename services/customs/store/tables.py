"""The tables of `customs`.

`document.personal`, `allowance.person` and nothing else hold personal data, and only rows of
orders whose buyer lives at this hub have any.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    text,
)

from shared.db.tables import messaging_tables
from shared.db.types import Moment

metadata = MetaData()
messaging_tables(metadata)

document = Table(
    "document",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("rank", BigInteger, nullable=False),
    Column("order_id", String(64)),
    Column("logistics_no", String(100)),
    Column("body", JSON, nullable=False),
    Column("personal", JSON(none_as_null=True)),
    Index("ix_document_order", "order_id", "kind"),
    Index("ix_document_parcel", "logistics_no", "kind"),
)

declaration = Table(
    "declaration",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("logistics_no", String(100), nullable=False, unique=True),
    Column("order_id", String(64), nullable=False),
    Column("seller_id", String(64), nullable=False),
    Column("marketplace_id", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", JSON, nullable=False),
    Column("released_at", Moment),
    Column("deadline", Moment),
    Index("ix_declaration_order", "order_id"),
    Index("ix_declaration_seller", "seller_id", "id"),
    Index("ix_declaration_marketplace", "marketplace_id", "id"),
    Index("ix_declaration_status", "status", "id"),
    Index("ix_declaration_released", "released_at", "id"),
    Index(
        "ix_declaration_deadline",
        "deadline",
        postgresql_where=text("deadline IS NOT NULL"),
        sqlite_where=text("deadline IS NOT NULL"),
    ),
)

pre_clearance = Table(
    "pre_clearance",
    metadata,
    Column("order_id", String(64), primary_key=True),
    Column("seller_id", String(64), nullable=False),
    Column("marketplace_id", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", JSON, nullable=False),
)

buyer_check = Table(
    "buyer_check",
    metadata,
    Column("order_id", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", JSON, nullable=False),
)

allowance = Table(
    "allowance",
    metadata,
    Column("reference", String(100), primary_key=True),
    Column("person", String(100), nullable=False),
    Column("year", Integer, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Index("ix_allowance_person", "person", "year"),
)

export_declaration = Table(
    "export_declaration",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("consolidation_id", String(64), nullable=False, unique=True),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", JSON, nullable=False),
    Index("ix_export_state", "state", "id"),
)

sealed_parcel = Table(
    "sealed_parcel",
    metadata,
    Column("consolidation_id", String(64), primary_key=True),
    Column("parcel_id", String(64), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("order_id", String(64), nullable=False),
    Column("body", JSON, nullable=False),
    Index("ix_sealed_parcel_order", "order_id"),
)

tax_bill = Table(
    "tax_bill",
    metadata,
    Column("number", String(64), primary_key=True),
    Column("declaration_id", String(64), nullable=False, unique=True),
    Column("guarantor", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("owed_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("body", JSON, nullable=False),
    Index("ix_tax_bill_guarantor", "guarantor", "status"),
)

guarantee = Table(
    "guarantee",
    metadata,
    Column("guarantor", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", JSON, nullable=False),
)

rebate_case = Table(
    "rebate_case",
    metadata,
    Column("order_id", String(64), primary_key=True),
    Column("case_id", String(64), nullable=False, unique=True),
    Column("seller_id", String(64), nullable=False),
    Column("body", JSON, nullable=False),
    Index("ix_rebate_case_seller", "seller_id"),
)

drawback_claim = Table(
    "drawback_claim",
    metadata,
    Column("case_id", String(64), primary_key=True),
    Column("seller_id", String(64), nullable=False),
    Column("receipt_no", String(100)),
    Column("duty_minor", BigInteger),
    Index("ix_drawback_claim_receipt", "receipt_no"),
)

drawback_notice = Table(
    "drawback_notice",
    metadata,
    Column("declaration_id", String(64), primary_key=True),
    Column("seller_id", String(64), primary_key=True),
    Column("given_at", Moment, nullable=False),
)

goods_return = Table(
    "goods_return",
    metadata,
    Column("return_id", String(64), primary_key=True),
    Column("order_id", String(64), nullable=False),
    Column("body", JSON, nullable=False),
    Index("ix_goods_return_order", "order_id"),
)

filer = Table(
    "filer",
    metadata,
    Column("code", String(18), primary_key=True),
    Column("member_id", String(64), nullable=False),
    Column("registered_by", String(64), nullable=False),
    Column("registered_at", Moment, nullable=False),
)

delegation = Table(
    "delegation",
    metadata,
    Column("delegation_id", String(64), primary_key=True),
    Column("member_id", String(64), nullable=False),
    Column("agent_id", String(64), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("valid_until", Moment, nullable=False),
    Column("withdrawn_at", Moment),
    Index("ix_delegation_agent", "agent_id"),
)

form_filing = Table(
    "form_filing",
    metadata,
    Column("number", String(64), primary_key=True),
    Column("form", String(10), nullable=False),
    Column("member_id", String(64), nullable=False),
    Column("previous", String(100)),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", JSON, nullable=False),
    Index("ix_form_filing_member", "member_id", "number"),
    Column("deadline", Moment),
    Index("ix_form_filing_previous", "previous"),
    Index("ix_form_filing_deadline", "deadline", "number"),
)

export_paper = Table(
    "export_paper",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("rank", BigInteger, nullable=False),
    Column("order_key", String(100)),
    Column("logistics_no", String(100)),
    Column("body", JSON, nullable=False),
    Index("ix_export_paper_order", "order_key"),
    Index("ix_export_paper_parcel", "logistics_no"),
)

export_list = Table(
    "export_list",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("logistics_no", String(100), nullable=False, unique=True),
    Column("status", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", JSON, nullable=False),
    Column("deadline", Moment),
    Index("ix_export_list_status", "status", "id"),
    Index(
        "ix_export_list_deadline",
        "deadline",
        postgresql_where=text("deadline IS NOT NULL"),
        sqlite_where=text("deadline IS NOT NULL"),
    ),
)

export_summary = Table(
    "export_summary",
    metadata,
    Column("number", String(18), primary_key=True),
    Column("agent_code", String(18), nullable=False),
    Column("body", JSON, nullable=False),
)

known_permit = Table(
    "known_permit",
    metadata,
    Column("permit_id", String(64), primary_key=True),
    Column("holder_id", String(64)),
    Column("permit_no", String(100)),
    Column("body", JSON, nullable=False),
    Index("ix_known_permit_holder", "holder_id"),
    Index("ix_known_permit_no", "permit_no"),
)

permit_use = Table(
    "permit_use",
    metadata,
    Column("declaration_id", String(64), primary_key=True),
    Column("permit_id", String(64), primary_key=True),
    Column("line_no", Integer, primary_key=True),
    Column("quantity", BigInteger, nullable=False),
)

manifest_check = Table(
    "manifest_check",
    metadata,
    Column("consolidation_id", String(64), primary_key=True),
    Column("state", String(30), nullable=False),
    Column("body", JSON, nullable=False),
    Index("ix_manifest_check_state", "state", "consolidation_id"),
)

lvg_entry = Table(
    "lvg_entry",
    metadata,
    Column("declaration_id", String(64), primary_key=True),
    Column("seller_id", String(64), nullable=False),
    Column("period", String(7), nullable=False),
    Column("released_on", String(10), nullable=False),
    Column("sales_minor", BigInteger, nullable=False),
    Column("tax_minor", BigInteger, nullable=False),
    Column("other_tax_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Index("ix_lvg_entry_period", "period", "seller_id"),
    Index("ix_lvg_entry_seller", "seller_id", "released_on"),
)

lvg_seller = Table(
    "lvg_seller",
    metadata,
    Column("seller_id", String(64), primary_key=True),
    Column("number", String(40), nullable=False),
    Column("registered_on", String(10), nullable=False),
    Column("registered_by", String(64), nullable=False),
)

lvg_return = Table(
    "lvg_return",
    metadata,
    Column("return_id", String(64), primary_key=True),
    Column("seller_id", String(64), nullable=False),
    Column("period", String(7), nullable=False),
    Column("body", JSON, nullable=False),
)

allowance_question = Table(
    "allowance_question",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("asker", String(64), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("order_id", String(64)),
    Column("fits", Boolean, nullable=False),
    Index("ix_allowance_question_asker", "asker", "asked_at"),
)

quota_balance = Table(
    "quota_balance",
    metadata,
    Column("order_number", String(40), primary_key=True),
    Column("opens", String(10), primary_key=True),
    Column("drawn", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

quota_draw = Table(
    "quota_draw",
    metadata,
    Column("subject_id", String(64), primary_key=True),
    Column("order_number", String(40), primary_key=True),
    Column("opens", String(10), primary_key=True),
    Column("quantity", BigInteger, nullable=False),
)
