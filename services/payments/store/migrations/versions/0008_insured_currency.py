"""In which currency a lost parcel was insured; what is known so far was taken as its order's."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    column = sa.Column("insured_currency", sa.String(3), nullable=False, server_default="")
    op.add_column("order_parcel", column)
    op.execute(
        "UPDATE order_parcel SET insured_currency = (SELECT currency FROM order_money "
        "WHERE order_money.id = order_parcel.order_id) WHERE insured_minor > 0 AND EXISTS "
        "(SELECT 1 FROM order_money WHERE order_money.id = order_parcel.order_id)"
    )
