"""The tables of bank accounts: what we booked, what the bank says, and what waits between."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint

from services.payments.store.tables import metadata
from shared.db.types import Moment


def _on_account() -> tuple[Column[str], Column[str]]:
    """Return the columns that say on which account, in which currency: every row has both."""
    return (
        Column("account", String(100), nullable=False),
        Column("currency", String(3), nullable=False),
    )


bank_booking = Table(
    "bank_booking",
    metadata,
    Column("transfer_id", String(64), primary_key=True),
    *_on_account(),
    Column("amount_minor", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("ref", String(100), nullable=False),
    Column("reference", String(35), nullable=False),
    Column("how", String(20), nullable=False),
    Column("break_id", String(64), nullable=False),
    Index("ix_bank_booking_open", "account", "currency", "how", "at"),
    Index("ix_bank_booking_reference", "reference"),
)

bank_statement = Table(
    "bank_statement",
    metadata,
    Column("id", String(64), primary_key=True),
    *_on_account(),
    Column("sequence", BigInteger, nullable=False),
    Column("opening_minor", BigInteger, nullable=False),
    Column("closing_minor", BigInteger, nullable=False),
    Column("from_at", Moment, nullable=False),
    Column("until_at", Moment, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("taken_at", Moment, nullable=False),
    UniqueConstraint("account", "currency", "sequence"),
)

bank_entry = Table(
    "bank_entry",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("statement_id", String(64), nullable=False),
    *_on_account(),
    Column("servicer_ref", String(100), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("booked_at", Moment, nullable=False),
    Column("references", String(400), nullable=False),
    Column("text", String(400), nullable=False),
    Column("how", String(20), nullable=False),
    Column("taken_at", Moment, nullable=False),
    Index("ix_bank_entry_account", "account", "currency", "statement_id"),
)

bank_match = Table(
    "bank_match",
    metadata,
    Column("entry_id", String(64), primary_key=True),
    Column("transfer_id", String(64), primary_key=True),
    Index("ix_bank_match_transfer", "transfer_id"),
)

bank_break = Table(
    "bank_break",
    metadata,
    Column("id", String(64), primary_key=True),
    *_on_account(),
    Column("reason", String(20), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("references", String(400), nullable=False),
    Column("entry_id", String(64), nullable=False),
    Column("transfer_id", String(64), nullable=False),
    Column("ref", String(100), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("resolution", String(40), nullable=False),
    Index("ix_bank_break_open", "account", "currency", "closed_at"),
)

receipt = Table(
    "receipt",
    metadata,
    Column("id", String(64), primary_key=True),
    *_on_account(),
    Column("amount_minor", BigInteger, nullable=False),
    Column("left_minor", BigInteger, nullable=False),
    Column("party", String(140), nullable=False),
    Column("party_account", String(100), nullable=False),
    Column("text", String(400), nullable=False),
    Column("state", String(20), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("back_at", Moment, nullable=False),
    Column("sent_back_minor", BigInteger, nullable=False),
    Index("ix_receipt_state", "state", "back_at"),
)

payment_file = Table(
    "payment_file",
    metadata,
    Column("id", String(64), primary_key=True),
    *_on_account(),
    Column("count", Integer, nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("made_at", Moment, nullable=False),
)

payment_file_line = Table(
    "payment_file_line",
    metadata,
    Column("ref", String(64), primary_key=True),
    Column("file_id", String(64), nullable=False),
    Index("ix_payment_file_line_file", "file_id"),
)
