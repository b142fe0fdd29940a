"""Orders are amended, and found by the words of their goods."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ROWS_AT_ONCE = 1_000


def upgrade() -> None:
    op.add_column("orders", sa.Column("amendment", sa.Integer, nullable=False, server_default="0"))
    op.add_column("orders", sa.Column("search", sa.Text, nullable=False, server_default=""))
    write = sa.text("UPDATE orders SET search = :search WHERE id = :id")
    for rows in _batches(op.get_bind()):
        op.get_bind().execute(
            write, [{"id": row["id"], "search": _searched_text(row)} for row in rows]
        )


def _batches(connection: sa.Connection) -> Iterator[Sequence[sa.RowMapping]]:
    after = ""
    while rows := _page(connection, after=after):
        yield rows
        after = rows[-1]["id"]


def _page(connection: sa.Connection, *, after: str) -> Sequence[sa.RowMapping]:
    query = sa.text(
        "SELECT id, order_no, platform_code, parcels, lines FROM orders WHERE id > :after"
        " ORDER BY id LIMIT :limit"
    )
    return connection.execute(query, {"after": after, "limit": ROWS_AT_ONCE}).mappings().all()


def _searched_text(row: sa.RowMapping) -> str:
    """As `domain.searching` did when this was written."""
    parts = [row["order_no"], row["platform_code"], *_read(row["parcels"])]
    for line in _read(row["lines"]):
        parts += [line["sku"], line["gtin"] or "", line["hs_code"], line["description"]]
    return "\n".join(parts).casefold()


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
