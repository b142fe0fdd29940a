"""The goods that bills name, and of what kind, when and where a proof of delivery was taken."""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("heard_order", sa.Column("goods", sa.JSON()))
    op.add_column("inbound_parcel", sa.Column("proof_kind", sa.String(10)))
    op.add_column("inbound_parcel", sa.Column("proof_at", Moment()))
    op.add_column("inbound_parcel", sa.Column("proof_place", sa.String(5)))
