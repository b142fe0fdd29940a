"""When a parcel was released, to be asked for by period."""

import json
from datetime import datetime

import sqlalchemy as sa
from alembic import op

from shared.db.types import Moment

revision = "0005"
down_revision = "0004"

RELEASED = 800


def upgrade() -> None:
    op.add_column("declaration", sa.Column("released_at", Moment()))
    op.create_index("ix_declaration_released", "declaration", ["released_at", "id"])
    table = sa.table(
        "declaration",
        sa.column("id", sa.String(64)),
        sa.column("body", sa.JSON()),
        sa.column("released_at", Moment()),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(table.c.id, table.c.body)).all():
        body = json.loads(row.body) if isinstance(row.body, str) else row.body
        moments = [step["at"] for step in body["history"] if step["status"] == RELEASED]
        if moments:
            here = table.c.id == row.id
            connection.execute(
                sa.update(table).where(here).values(released_at=datetime.fromisoformat(moments[0]))
            )
