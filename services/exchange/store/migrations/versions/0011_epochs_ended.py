"""How far frames of epochs hold that a restored peer has ended by asking what is held here."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    for name, start in (("epoch_due", "1"), ("epoch_behind", "0")):
        column = sa.Column(name, sa.BigInteger(), nullable=False, server_default=start)
        op.add_column("incoming", column)
