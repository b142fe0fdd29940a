"""Advances to sellers, and the escrow abroad that they stand on."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("ix_order_money_seller", "order_money", ["seller_id"])
    _create_escrow_abroad()
    _create_advance()


def _create_escrow_abroad() -> None:
    op.create_table(
        "escrow_abroad",
        sa.Column("order_id", sa.String(64), primary_key=True),
        sa.Column("captured_minor", sa.BigInteger(), nullable=False),
        sa.Column("captured_at", Moment()),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("released_minor", sa.BigInteger(), nullable=False),
        sa.Column("reclaimed_minor", sa.BigInteger(), nullable=False),
        sa.Column("is_released", sa.Boolean(), nullable=False),
        sa.Column("pledged_minor", sa.BigInteger(), nullable=False),
    )


def _create_advance() -> None:
    op.create_table(
        "advance",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("seller_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("collateral_currency", sa.String(3), nullable=False),
        sa.Column("collateral_minor", sa.BigInteger(), nullable=False),
        sa.Column("share_bp", sa.Integer(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.String(40), nullable=False),
        sa.Column("pledges", sa.Text(), nullable=False),
        sa.Column("model", sa.String(40), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("consented_at", Moment(), nullable=False),
        sa.Column("offered_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("disbursed_at", Moment()),
        sa.Column("due_at", Moment()),
        sa.Column("repaid_minor", sa.BigInteger(), nullable=False),
        sa.Column("eased_until", Moment()),
        sa.Column("provision_minor", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_advance_seller", "advance", ["seller_id", "state"])
    op.create_index("ix_advance_state", "advance", ["state", "disbursed_at"])
