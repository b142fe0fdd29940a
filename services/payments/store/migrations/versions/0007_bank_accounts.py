"""Bank accounts: our bookings on them, banks' statements, breaks, receipts, payment files."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0007"
down_revision = "0006"


BOOKED = """
INSERT INTO bank_booking
    (transfer_id, account, currency, amount_minor, at, ref, reference, how, break_id)
SELECT t.id, SUBSTR(a.code, 6), t.currency,
    CASE WHEN t.debit_id = a.id THEN t.amount ELSE -t.amount END,
    b.at, t.ref,
    UPPER(SUBSTR(REPLACE(t.ref, ' ', ''),
        CASE WHEN LENGTH(t.ref) > 35 THEN LENGTH(t.ref) - 25 ELSE 1 END, 35)),
    '', ''
FROM transfer t
JOIN account a ON a.id IN (t.debit_id, t.credit_id)
JOIN batch b ON b.desk = t.desk AND b.number = t.batch
WHERE a.code LIKE 'bank:%' AND t.kind IN ('post', 'capture')
"""
"""What was booked on bank accounts before they were reconciled waits for its entries too."""


def upgrade() -> None:
    _what_banks_say()
    _what_waits()
    op.create_index("ix_bank_booking_open", "bank_booking", ["account", "currency", "how", "at"])
    op.create_index("ix_bank_booking_reference", "bank_booking", ["reference"])
    op.create_index("ix_bank_entry_account", "bank_entry", ["account", "currency", "statement_id"])
    op.create_index("ix_bank_match_transfer", "bank_match", ["transfer_id"])
    op.create_index("ix_bank_break_open", "bank_break", ["account", "currency", "closed_at"])
    op.create_index("ix_receipt_state", "receipt", ["state", "back_at"])
    op.create_index("ix_payment_file_line_file", "payment_file_line", ["file_id"])
    op.add_column(
        "payment",
        sa.Column("received_minor", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.execute(BOOKED)


def _what_banks_say() -> None:
    op.create_table(
        "bank_booking",
        sa.Column("transfer_id", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("ref", sa.String(100), nullable=False),
        sa.Column("reference", sa.String(35), nullable=False),
        sa.Column("how", sa.String(20), nullable=False),
        sa.Column("break_id", sa.String(64), nullable=False),
    )
    op.create_table(
        "bank_statement",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("opening_minor", sa.BigInteger(), nullable=False),
        sa.Column("closing_minor", sa.BigInteger(), nullable=False),
        sa.Column("from_at", Moment(), nullable=False),
        sa.Column("until_at", Moment(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("taken_at", Moment(), nullable=False),
        sa.UniqueConstraint("account", "currency", "sequence"),
    )
    op.create_table(
        "bank_entry",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("statement_id", sa.String(64), nullable=False),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("servicer_ref", sa.String(100), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("booked_at", Moment(), nullable=False),
        sa.Column("references", sa.String(400), nullable=False),
        sa.Column("text", sa.String(400), nullable=False),
        sa.Column("how", sa.String(20), nullable=False),
        sa.Column("taken_at", Moment(), nullable=False),
    )
    op.create_table(
        "bank_match",
        sa.Column("entry_id", sa.String(64), primary_key=True),
        sa.Column("transfer_id", sa.String(64), primary_key=True),
    )


def _what_waits() -> None:
    op.create_table(
        "bank_break",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("references", sa.String(400), nullable=False),
        sa.Column("entry_id", sa.String(64), nullable=False),
        sa.Column("transfer_id", sa.String(64), nullable=False),
        sa.Column("ref", sa.String(100), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment()),
        sa.Column("resolution", sa.String(40), nullable=False),
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("left_minor", sa.BigInteger(), nullable=False),
        sa.Column("party", sa.String(140), nullable=False),
        sa.Column("party_account", sa.String(100), nullable=False),
        sa.Column("text", sa.String(400), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("back_at", Moment(), nullable=False),
        sa.Column("sent_back_minor", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "payment_file",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
    )
    op.create_table(
        "payment_file_line",
        sa.Column("ref", sa.String(64), primary_key=True),
        sa.Column("file_id", sa.String(64), nullable=False),
    )
