"""What parcels are insured for, and why a timeline is not as planned."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for table in ("parcel", "inbound_parcel"):
        op.add_column(table, sa.Column("insured_minor", sa.BigInteger()))
        op.add_column(table, sa.Column("insured_currency", sa.String(3)))
    op.add_column("tracking_event", sa.Column("reason", sa.String(40)))
