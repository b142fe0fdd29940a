"""PostgreSQL shows a member its own rows only; see `shared.db.own_rows`."""

from shared.db.own_rows import guard_rows, owned_by, owned_through

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    guard_rows(
        {
            "orders": owned_by("marketplace_id", "seller_id"),
            "goods_return": owned_by("marketplace_id", "seller_id"),
            "complaint": owned_by("marketplace_id", "seller_id"),
            "recall": owned_by("seller_id"),
            "item": owned_by("owner_id"),
            # The person behind an order: for who placed it, and not for who sells.
            "buyer": owned_through("buyer", "orders", "order_id", "marketplace_id"),
        }
    )
