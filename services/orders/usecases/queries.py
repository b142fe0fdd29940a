"""What callers may look at. Somebody else's order is not there for them."""

from services.orders.domain.order import Order
from services.orders.store.orders import OrderNotFound, Tenant
from services.orders.store.timelines import Entry
from services.orders.store.tx import OrdersTx


async def find_order(tx: OrdersTx, *, order_id: str, tenant: Tenant) -> Order:
    """Return an order of the tenant, as marketplace or as seller, or raise OrderNotFound."""
    order = await tx.orders.get(order_id)
    if tenant.member_id not in (None, order.marketplace_id, order.seller_id):
        raise OrderNotFound(f"no order {order_id}")
    return order


async def read_timeline(
    tx: OrdersTx, *, order_id: str, tenant: Tenant, after: int, limit: int
) -> list[Entry]:
    """Return a page of the timeline of an order of the tenant, or raise OrderNotFound."""
    order = await find_order(tx, order_id=order_id, tenant=tenant)
    return await tx.timelines.page(order.id, after=after, limit=limit)
