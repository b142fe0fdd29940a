"""Disputes, tax bills, reserves and returns; what an order's money remembers of them."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0003"
down_revision = "0002"

ADDED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("order_money", ("goods_refunded_minor", "tax_booked_minor")),
    ("order_parcel", ("insured_minor",)),
    ("payment", ("charged_back_minor",)),
    ("refund", ("voided_minor",)),
    ("payout", ("withheld_minor",)),
)
"""Amounts that older rows have none of."""


def upgrade() -> None:
    for table, amounts in ADDED:
        for name in amounts:
            amount = sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
            op.add_column(table, amount)
    for table, name in (("order_money", "dispute_id"), ("refund", "return_id")):
        op.add_column(table, sa.Column(name, sa.String(64), nullable=False, server_default=""))
    op.add_column("order_money", sa.Column("captured_at", Moment()))
    op.add_column("order_parcel", sa.Column("lost_at", Moment()))
    _create_dispute()
    _create_tax_bill()
    _create_reserve_slice()
    _create_return_claim()


def _create_dispute() -> None:
    op.create_table(
        "dispute",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("payment_id", sa.String(64), sa.ForeignKey("payment.id"), nullable=False),
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(100), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment()),
    )
    op.create_index("ix_dispute_state", "dispute", ["state", "due_at"])


def _create_tax_bill() -> None:
    op.create_table(
        "tax_bill",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("bill_no", sa.String(100), nullable=False),
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("logistics_no", sa.String(100), nullable=False),
        sa.Column("authority", sa.String(40), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("returned_minor", sa.BigInteger(), nullable=False),
        sa.Column("booked_at", Moment(), nullable=False),
        sa.CheckConstraint(
            "returned_minor BETWEEN 0 AND amount_minor", name="ck_tax_bill_returned"
        ),
    )
    op.create_index("ix_tax_bill_period", "tax_bill", ["authority", "period"])
    op.create_index("ix_tax_bill_order", "tax_bill", ["order_id"])


def _create_reserve_slice() -> None:
    op.create_table(
        "reserve_slice",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("seller_id", sa.String(64), nullable=False),
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("release_at", Moment(), nullable=False),
        sa.Column("released_at", Moment()),
    )
    op.create_index("ix_reserve_slice_due", "reserve_slice", ["released_at", "release_at"])


def _create_return_claim() -> None:
    op.create_table(
        "return_claim",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("logistics_no", sa.String(100), nullable=False),
        sa.Column("goods_minor", sa.BigInteger(), nullable=False),
        sa.Column("received_at", Moment()),
        sa.Column("customs_word", sa.String(40), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", Moment()),
    )
    op.create_index("ix_return_claim_open", "return_claim", ["settled_at", "received_at"])
