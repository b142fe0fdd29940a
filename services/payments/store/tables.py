"""The tables of `payments`.

`transfer`, `command` and `batch` are never changed: triggers refuse it. An account's floor is
checked by the database too, and that a transfer's accounts exist in its currency (by triggers: one
look for a whole batch costs PostgreSQL a fifth of two foreign keys a row), so a mistake in our code
can't be committed.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from services.payments.domain.accounts import ACCOUNT_CODE_LENGTH_MAX
from shared.db.tables import messaging_tables
from shared.db.types import Moment

metadata = MetaData()
messaging_tables(metadata)

FLOOR = (
    "floor IS NULL OR CASE WHEN kind IN ('asset', 'expense') "
    "THEN debits - credits - credits_pending ELSE credits - debits - debits_pending END >= floor"
)

account = Table(
    "account",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("code", String(ACCOUNT_CODE_LENGTH_MAX), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("floor", BigInteger),
    Column("debits", BigInteger, nullable=False),
    Column("credits", BigInteger, nullable=False),
    Column("debits_pending", BigInteger, nullable=False),
    Column("credits_pending", BigInteger, nullable=False),
    UniqueConstraint("code", "currency"),
    CheckConstraint(FLOOR, name="ck_account_floor"),
    CheckConstraint("debits_pending >= 0 AND credits_pending >= 0", name="ck_account_pending"),
)

desk = Table(
    "desk",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("batches", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

batch = Table(
    "batch",
    metadata,
    Column("desk", String(80), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index("ix_batch_at", "at"),
)

command = Table(
    "command",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(40), nullable=False),
    Column("about", String(100), nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("outcome", String(60), nullable=False),
    Column("body", Text, nullable=False),
    Column("cause", String(100), nullable=False),
    Column("cause_id", String(100), nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_command_about", "about"),
)

transfer = Table(
    "transfer",
    metadata,
    Column("desk", String(80), primary_key=True),
    Column("batch", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("id", String(64), nullable=False),
    Column("debit_id", BigInteger, nullable=False),
    Column("credit_id", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("purpose", SmallInteger, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("pending_id", String(64)),
    Column("command_id", String(64), nullable=False),
    Column("ref", String(100), nullable=False),
    CheckConstraint("amount > 0", name="ck_transfer_amount"),
    CheckConstraint("debit_id <> credit_id", name="ck_transfer_two_accounts"),
    Index("ix_transfer_ref", "ref"),
    Index("ix_transfer_debit", "debit_id", "batch"),
    Index("ix_transfer_credit", "credit_id", "batch"),
    # An id follows from the command's, which is unique; only holds are looked up by theirs.
    Index(
        "ix_transfer_hold",
        "id",
        unique=True,
        postgresql_where=text("kind = 'hold'"),
        sqlite_where=text("kind = 'hold'"),
    ),
    # A hold is resolved once; transfers that resolve none take no room in this index.
    Index(
        "ix_transfer_pending",
        "pending_id",
        unique=True,
        postgresql_where=text("pending_id IS NOT NULL"),
        sqlite_where=text("pending_id IS NOT NULL"),
    ),
)

hold = Table(
    "hold",
    metadata,
    Column("transfer_id", String(64), primary_key=True),
    Column("payment_id", String(64), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("ix_hold_expires_at", "expires_at"),
)

order_money = Table(
    "order_money",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("order_no", String(100), nullable=False),
    Column("marketplace_id", String(64), nullable=False),
    Column("seller_id", String(64), nullable=False),
    Column("seller_hub", String(6), nullable=False),
    Column("buyer_hub", String(6), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("goods_minor", BigInteger, nullable=False),
    Column("tax_minor", BigInteger, nullable=False),
    Column("paid_minor", BigInteger, nullable=False),
    Column("payment_id", String(64), nullable=False),
    Column("cancelled_reason", String(100), nullable=False),
    Column("is_released", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("goods_refunded_minor", BigInteger, nullable=False, server_default="0"),
    Column("tax_booked_minor", BigInteger, nullable=False, server_default="0"),
    Column("dispute_id", String(64), nullable=False, server_default=""),
    Column("captured_at", Moment),
    Column("lines", Text, nullable=False, server_default="[]"),
    Column("commissioned_minor", BigInteger, nullable=False, server_default="0"),
    Index("ix_order_money_seller", "seller_id"),
    # The few orders whose money still waits, among the many whose money is gone.
    Index(
        "ix_order_money_waiting",
        "id",
        postgresql_where=text("NOT is_released"),
        sqlite_where=text("is_released = 0"),
    ),
)

order_parcel = Table(
    "order_parcel",
    metadata,
    Column("order_id", String(64), primary_key=True),
    Column("logistics_no", String(100), primary_key=True),
    Column("is_cancelled", Boolean, nullable=False),
    Column("delivered_at", Moment),
    Column("cleared_at", Moment),
    Column("tax_minor", BigInteger, nullable=False),
    Column("tax_currency", String(3), nullable=False),
    Column("tax_bill_no", String(100), nullable=False),
    Column("tax_relieved_minor", BigInteger, nullable=False, server_default="0"),
    Column("sent_back_reason", String(100), nullable=False),
    Column("lost_at", Moment),
    Column("insured_minor", BigInteger, nullable=False, server_default="0"),
    Column("insured_currency", String(3), nullable=False, server_default=""),
    Column("lines", Text, nullable=False, server_default="[]"),
    Column("is_booked", Boolean, nullable=False, server_default=text("true")),
    Column("is_taken", Boolean, nullable=False, server_default=text("false")),
)

order_cancellation = Table(
    "order_cancellation",
    metadata,
    Column("order_id", String(64), primary_key=True),
    Column("reason", String(100), nullable=False),
)

payment = Table(
    "payment",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("order_id", ForeignKey("order_money.id"), nullable=False),
    Column("order_no", String(100), nullable=False),
    Column("provider", String(40), nullable=False),
    Column("pay_transaction_id", String(100), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("state", String(20), nullable=False),
    Column("authorised_minor", BigInteger, nullable=False),
    Column("captured_minor", BigInteger, nullable=False),
    Column("refunded_minor", BigInteger, nullable=False),
    Column("hold_id", String(64), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("captured_at", Moment),
    Column("payer_id_number", String(100)),
    Column("payer_name", String(100)),
    Column("charged_back_minor", BigInteger, nullable=False, server_default="0"),
    CheckConstraint(
        "refunded_minor BETWEEN 0 AND captured_minor AND captured_minor <= authorised_minor",
        name="ck_payment_amounts",
    ),
    Column("received_minor", BigInteger, nullable=False, server_default="0"),
    Index("ix_payment_order", "order_id"),
)

payment_original = Table(
    "payment_original",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("asked", Text, nullable=False),
    Column("answered", Text, nullable=False),
    Column("verified_by", String(20), nullable=False),
    Column("payee", Text, nullable=False),
    Column("answered_at", Moment, nullable=False),
    Column("items", Text, nullable=False),
    Column("keep_until", Moment, nullable=False),
    Index("ix_payment_original_keep_until", "keep_until"),
)

refund = Table(
    "refund",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("payment_id", ForeignKey("payment.id"), nullable=False),
    Column("order_id", String(64), nullable=False),
    Column("provider", String(40), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("reason", String(100), nullable=False),
    Column("state", String(20), nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
    Column("return_id", String(64), nullable=False, server_default=""),
    Column("voided_minor", BigInteger, nullable=False, server_default="0"),
    Index("ix_refund_payment", "payment_id"),
    Index("ix_refund_order", "order_id"),
    Index("ix_refund_state", "state", "requested_at"),
)

quote = Table(
    "quote",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("seller_id", String(64), nullable=False),
    Column("provider", String(40), nullable=False),
    Column("is_simulated", Boolean, nullable=False),
    Column("fix", String(10), nullable=False),
    Column("source_currency", String(3), nullable=False),
    Column("target_currency", String(3), nullable=False),
    Column("source_minor", BigInteger, nullable=False),
    Column("at_mid_minor", BigInteger, nullable=False),
    Column("target_minor", BigInteger, nullable=False),
    Column("fee_minor", BigInteger, nullable=False),
    Column("spread_bp", Integer, nullable=False),
    Column("rounding", String(20), nullable=False),
    Column("rate", String(40), nullable=False),
    Column("legs", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("ix_quote_state", "state", "expires_at"),
    Index("ix_quote_pair", "source_currency", "target_currency", "created_at"),
)

payout = Table(
    "payout",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("seller_id", String(64), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("beneficiary", String(100), nullable=False),
    Column("state", String(20), nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Column("bank_reference", String(100), nullable=False),
    Column("return_reason", String(100), nullable=False),
    Column("withheld_minor", BigInteger, nullable=False, server_default="0"),
    Index("ix_payout_state", "state", "requested_at"),
)

dispute = Table(
    "dispute",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("payment_id", ForeignKey("payment.id"), nullable=False),
    Column("order_id", String(64), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("reason", String(100), nullable=False),
    Column("state", String(20), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Index("ix_dispute_order", "order_id"),
    Index("ix_dispute_state", "state", "due_at"),
)

tax_bill = Table(
    "tax_bill",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("bill_no", String(100), nullable=False),
    Column("order_id", String(64), nullable=False),
    Column("logistics_no", String(100), nullable=False),
    Column("authority", String(40), nullable=False),
    Column("period", String(10), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("returned_minor", BigInteger, nullable=False),
    Column("booked_at", Moment, nullable=False),
    CheckConstraint("returned_minor BETWEEN 0 AND amount_minor", name="ck_tax_bill_returned"),
    Index("ix_tax_bill_period", "authority", "period"),
    Index("ix_tax_bill_order", "order_id"),
)

reserve_slice = Table(
    "reserve_slice",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("seller_id", String(64), nullable=False),
    Column("order_id", String(64), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("release_at", Moment, nullable=False),
    Column("released_at", Moment),
    Index("ix_reserve_slice_due", "released_at", "release_at"),
)

return_claim = Table(
    "return_claim",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("order_id", String(64), nullable=False),
    Column("logistics_no", String(100), nullable=False),
    Column("goods_minor", BigInteger, nullable=False),
    Column("received_at", Moment),
    Column("customs_word", String(40), nullable=False),
    Column("tax_minor", BigInteger, nullable=False),
    Column("settled_at", Moment),
    Column("lines", Text, nullable=False, server_default="[]"),
    Index("ix_return_claim_open", "settled_at", "received_at"),
)

NEVER_CHANGED = ("transfer", "command", "batch")
"""Tables whose rows are written once."""
