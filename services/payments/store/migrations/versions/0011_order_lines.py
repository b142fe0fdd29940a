"""An order's lines, the parcels that carry them, and the goods on which commission was taken."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("order_money", sa.Column("lines", sa.Text(), nullable=False, server_default="[]"))
    op.add_column(
        "order_money",
        sa.Column("commissioned_minor", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.execute(
        "UPDATE order_money SET commissioned_minor = goods_minor - goods_refunded_minor "
        "WHERE is_released AND goods_minor > goods_refunded_minor"
    )
    op.add_column(
        "order_parcel", sa.Column("lines", sa.Text(), nullable=False, server_default="[]")
    )
    op.add_column(
        "order_parcel",
        sa.Column("is_booked", sa.Boolean(), nullable=False, server_default=sa.text("true")),
    )
    op.add_column(
        "order_parcel",
        sa.Column("is_taken", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.add_column(
        "return_claim", sa.Column("lines", sa.Text(), nullable=False, server_default="[]")
    )
