"""Call an order off before anything is shipped."""

from services.orders.domain.facts import Fact, FactKind
from services.orders.domain.order import Order
from services.orders.store.orders import OrderNotFound, Tenant
from services.orders.store.tx import OrdersTx
from services.orders.usecases.order_saying import audience_of
from services.orders.usecases.record_facts import record_facts
from shared.contracts.orders.events import OrderCancelled
from shared.kernel.errors import Conflict


class OrderChanged(Conflict):
    """The order is no longer the one that was read; read it again and decide anew."""

    code = "orders.order-changed"


async def cancel_order(
    tx: OrdersTx, *, order_id: str, reason: str, tenant: Tenant, version: int | None = None
) -> Order:
    """Return the order cancelled, or raise OrderNotFound, OrderNotCancellable or OrderChanged.

    Only the marketplace that placed it, at the buyer's hub, or an operator there can.
    """
    await tx.timelines.hold([order_id])
    order = await tx.orders.get(order_id)
    may = tenant.member_id in (None, order.marketplace_id)
    if not may or order.buyer_hub != tx.hub:
        raise OrderNotFound(f"no order {order_id}")
    if version is not None and version != order.version:
        raise OrderChanged(f"the order is at version {order.version}", version=order.version)
    order.check_cancellable()
    said = await tx.emit(
        OrderCancelled(order_id=order.id, order_no=order.order_no, reason=reason),
        key=order.id,
        audience=audience_of(order),
        sequence=order.version + 1,
    )
    cancelled = Fact(
        kind=FactKind.ORDER_CANCELLED,
        order_id=order.id,
        hub=tx.hub,
        event_id=said.id,
        occurred_at=tx.now,
        detail={"reason": reason},
    )
    await record_facts(tx, [cancelled])
    return await tx.orders.get(order_id)
