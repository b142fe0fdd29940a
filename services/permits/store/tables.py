"""The tables of `permits`.

An application and a licence keep what nobody searches for in one document; licence lines are rows,
so that the database itself refuses a line used beyond its quantity.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

from shared.db.tables import messaging_tables
from shared.db.types import Moment, RowNumber

metadata = MetaData()
messaging_tables(metadata)

application = Table(
    "application",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("permit_type", String(100), nullable=False),
    Column("agency", String(100), nullable=False),
    Column("applicant_id", String(64), nullable=False),
    Column("due_on", Date),
    Column("document", JSON, nullable=False),
    Column("submitted_at", Moment),
    Index("ix_application_applicant", "applicant_id", "id"),
    Index("ix_application_queue", "state", "due_on", "id"),
    Index("ix_application_age", "state", "submitted_at", "id"),
)

application_change = Table(
    "application_change",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("application_id", ForeignKey("application.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("deed", String(20), nullable=False),
    Column("member_id", String(64)),
    Column("client_id", String(64)),
    Column("at", Moment, nullable=False),
    Column("changes", JSON, nullable=False),
    Index("ix_application_change", "application_id", "id"),
    sqlite_autoincrement=True,
)

licence = Table(
    "licence",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("permit_no", String(100), nullable=False, unique=True),
    Column("holder_id", String(64), nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("valid_until", Moment, nullable=False),
    Column("document", JSON, nullable=False),
    Index("ix_licence_holder", "holder_id", "valid_until"),
    Index("ix_licence_expiry", "state", "valid_until"),
)

licence_line = Table(
    "licence_line",
    metadata,
    Column("permit_id", ForeignKey("licence.id"), primary_key=True),
    Column("line_no", Integer, primary_key=True),
    Column("hs_code", String(10), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("unit", String(3), nullable=False),
    Column("used", BigInteger, nullable=False),
    CheckConstraint("used >= 0 AND used <= quantity", name="ck_licence_line_used"),
)

permit_number = Table(
    "permit_number",
    metadata,
    Column("series", String(120), primary_key=True),
    Column("last", BigInteger, nullable=False),
)

write_off = Table(
    "write_off",
    metadata,
    Column("declaration_id", String(64), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("released_at", Moment, nullable=False),
)

licence_use = Table(
    "licence_use",
    metadata,
    Column("declaration_id", ForeignKey("write_off.declaration_id"), primary_key=True),
    Column("permit_id", String(64), primary_key=True),
    Column("line_no", Integer, primary_key=True),
    Column("quantity", BigInteger, nullable=False),
    Index("ix_licence_use_permit", "permit_id"),
)

refused_use = Table(
    "refused_use",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("declaration_id", ForeignKey("write_off.declaration_id"), nullable=False),
    Column("holder_id", String(64), nullable=False),
    Column("permit_type", String(100), nullable=False),
    Column("hs_code", String(10), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("was_left", BigInteger, nullable=False),
    Column("unit", String(3), nullable=False),
    Column("reason", String(20), nullable=False),
    Index("ix_refused_use_declaration", "declaration_id"),
    Index("ix_refused_use_holder", "holder_id", "id"),
    sqlite_autoincrement=True,
)

guidance_answer = Table(
    "guidance_answer",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("pack_hashes", JSON, nullable=False),
    Column("guidance", JSON, nullable=False),
    Column("asked_at", Moment, nullable=False),
)

pack_version = Table(
    "pack_version",
    metadata,
    Column("digest", String(80), primary_key=True),
    Column("country", String(2), nullable=False),
    Column("version", String(100), nullable=False),
    Column("hub", String(10), nullable=False),
    Column("published_at", Moment, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Index("ix_pack_version_country", "country", "published_at"),
)

pack_part = Table(
    "pack_part",
    metadata,
    Column("digest", String(80), primary_key=True),
    Column("hub", String(10), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("text", LargeBinary, nullable=False),
)

refused_pack = Table(
    "refused_pack",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("country", String(2), nullable=False),
    Column("version", String(100), nullable=False),
    Column("hub", String(10), nullable=False),
    Column("reason", String(600), nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

guidance_asker = Table(
    "guidance_asker",
    metadata,
    Column("answer_id", ForeignKey("guidance_answer.id"), primary_key=True),
    Column("asker_id", String(64), primary_key=True),
    Column("checked_under", String(120), nullable=False),
    Column("superseded_at", Moment),
    Column("reason", String(500)),
    Index("ix_guidance_asker_open", "superseded_at", "checked_under"),
)

officer_agency = Table(
    "officer_agency",
    metadata,
    Column("member_id", String(64), primary_key=True),
    Column("agency", String(100), primary_key=True),
    Column("given_at", Moment, nullable=False),
    Column("given_by", String(64), nullable=False),
)

application_desk = Table(
    "application_desk",
    metadata,
    Column("application_id", ForeignKey("application.id"), primary_key=True),
    Column("agency", String(100), primary_key=True),
    Column("officer_id", String(64)),
    Index("ix_application_desk_agency", "agency"),
)

licence_change = Table(
    "licence_change",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("licence_id", ForeignKey("licence.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("deed", String(20), nullable=False),
    Column("member_id", String(64)),
    Column("client_id", String(64)),
    Column("cause", String(64)),
    Column("at", Moment, nullable=False),
    Column("changes", JSON, nullable=False),
    Index("ix_licence_change", "licence_id", "id"),
    sqlite_autoincrement=True,
)
