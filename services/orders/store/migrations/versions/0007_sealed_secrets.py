"""Secrets of webhook endpoints are sealed, which makes them longer."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

LONGER = 300


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return  # which has no length of texts
    for column in ("secret", "signing_key", "old_secret"):
        op.alter_column("webhook_endpoint", column, type_=sa.String(LONGER))
