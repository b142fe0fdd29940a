"""What payments knows of orders, payments, refunds, quotes and payouts."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _create_order_money()
    _create_order_parcel()
    _create_order_cancellation()
    _create_payment()
    _create_refund()
    _create_quote()
    _create_payout()


def _create_order_money() -> None:
    op.create_table(
        "order_money",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("order_no", sa.String(100), nullable=False),
        sa.Column("marketplace_id", sa.String(64), nullable=False),
        sa.Column("seller_id", sa.String(64), nullable=False),
        sa.Column("seller_hub", sa.String(6), nullable=False),
        sa.Column("buyer_hub", sa.String(6), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("goods_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.String(64), nullable=False),
        sa.Column("cancelled_reason", sa.String(100), nullable=False),
        sa.Column("is_released", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
    )
    op.create_index(
        "ix_order_money_waiting",
        "order_money",
        ["id"],
        postgresql_where=sa.text("NOT is_released"),
        sqlite_where=sa.text("is_released = 0"),
    )


def _create_order_parcel() -> None:
    op.create_table(
        "order_parcel",
        sa.Column("order_id", sa.String(64), primary_key=True),
        sa.Column("logistics_no", sa.String(100), primary_key=True),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.Column("delivered_at", Moment()),
        sa.Column("cleared_at", Moment()),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_currency", sa.String(3), nullable=False),
        sa.Column("tax_bill_no", sa.String(100), nullable=False),
        sa.Column("sent_back_reason", sa.String(100), nullable=False),
    )


def _create_order_cancellation() -> None:
    op.create_table(
        "order_cancellation",
        sa.Column("order_id", sa.String(64), primary_key=True),
        sa.Column("reason", sa.String(100), nullable=False),
    )


def _create_payment() -> None:
    op.create_table(
        "payment",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("order_id", sa.String(64), sa.ForeignKey("order_money.id"), nullable=False),
        sa.Column("order_no", sa.String(100), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("pay_transaction_id", sa.String(100), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("authorised_minor", sa.BigInteger(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("hold_id", sa.String(64), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("captured_at", Moment()),
        sa.Column("payer_id_number", sa.String(100)),
        sa.Column("payer_name", sa.String(100)),
        sa.CheckConstraint(
            "refunded_minor BETWEEN 0 AND captured_minor AND captured_minor <= authorised_minor",
            name="ck_payment_amounts",
        ),
    )
    op.create_index("ix_payment_order", "payment", ["order_id"])


def _create_refund() -> None:
    op.create_table(
        "refund",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("payment_id", sa.String(64), sa.ForeignKey("payment.id"), nullable=False),
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(100), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("requested_at", Moment(), nullable=False),
        sa.Column("confirmed_at", Moment()),
    )
    op.create_index("ix_refund_payment", "refund", ["payment_id"])
    op.create_index("ix_refund_state", "refund", ["state", "requested_at"])


def _create_quote() -> None:
    op.create_table(
        "quote",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("seller_id", sa.String(64), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("is_simulated", sa.Boolean(), nullable=False),
        sa.Column("fix", sa.String(10), nullable=False),
        sa.Column("source_currency", sa.String(3), nullable=False),
        sa.Column("target_currency", sa.String(3), nullable=False),
        sa.Column("source_minor", sa.BigInteger(), nullable=False),
        sa.Column("at_mid_minor", sa.BigInteger(), nullable=False),
        sa.Column("target_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("spread_bp", sa.Integer(), nullable=False),
        sa.Column("rounding", sa.String(20), nullable=False),
        sa.Column("rate", sa.String(40), nullable=False),
        sa.Column("legs", sa.Text(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
    )
    op.create_index("ix_quote_state", "quote", ["state", "expires_at"])
    op.create_index("ix_quote_pair", "quote", ["source_currency", "target_currency", "created_at"])


def _create_payout() -> None:
    op.create_table(
        "payout",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("seller_id", sa.String(64), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("beneficiary", sa.String(100), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("requested_at", Moment(), nullable=False),
        sa.Column("settled_at", Moment()),
        sa.Column("bank_reference", sa.String(100), nullable=False),
        sa.Column("return_reason", sa.String(100), nullable=False),
    )
    op.create_index("ix_payout_state", "payout", ["state", "requested_at"])
