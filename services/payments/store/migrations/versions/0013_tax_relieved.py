"""Tax that a buyer paid for pieces which did not arrive."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column(
        "order_parcel",
        sa.Column("tax_relieved_minor", sa.BigInteger(), nullable=False, server_default="0"),
    )
