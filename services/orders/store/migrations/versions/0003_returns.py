"""Returns, complaints and recalls."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _create("goods_return", "order_id", "marketplace_id")
    _create("complaint", "order_id", "marketplace_id")
    _create("recall")


def _create(name: str, *found_by: str) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.String(64), primary_key=True),
        *(sa.Column(column, sa.String(64), nullable=False) for column in found_by),
        sa.Column("seller_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("due_at", Moment()),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index(f"ix_{name}_seller", name, ["seller_id", "id"])
    op.create_index(f"ix_{name}_due", name, ["due_at"])
    for column in found_by:
        op.create_index(f"ix_{name}_{column}", name, [column])
