"""PostgreSQL shows a member its own rows only, whatever a query forgets to ask.

A request of a member sets `eroad.tenant` for its transaction; where it is not set, the hub itself
works: consumers, timers, operators. FORCE, because the service owns its tables. Superusers pass
through every policy, so a service never connects as one.
"""

from alembic import op

revision = "0006"
down_revision = "0005"

TENANT = "coalesce(current_setting('eroad.tenant', true), '')"
OWN_ROWS = {
    "orders": f"{TENANT} IN ('', marketplace_id, seller_id)",
    "goods_return": f"{TENANT} IN ('', marketplace_id, seller_id)",
    "complaint": f"{TENANT} IN ('', marketplace_id, seller_id)",
    "recall": f"{TENANT} IN ('', seller_id)",
    "item": f"{TENANT} IN ('', owner_id)",
    # The person behind an order: for who placed it, and not for who sells.
    "buyer": f"{TENANT} = '' OR EXISTS (SELECT FROM orders"
    f" WHERE orders.id = buyer.order_id AND orders.marketplace_id = {TENANT})",
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, condition in OWN_ROWS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_rows ON {table} USING ({condition})")
