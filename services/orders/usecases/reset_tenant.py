"""In test mode a member begins anew: what it has in this service is taken away."""

from collections.abc import Collection

from services.orders.domain.order import CANCELLABLE
from services.orders.store.tx import OrdersTx
from services.orders.usecases.order_saying import audience_of
from shared.contracts.orders.events import OrderCancelled, TenantReset
from shared.db.tx import EVENTS_PER_TRANSACTION_MAX

ORDERS_AT_ONCE = 500
REASON = "tenant-reset"
ROUNDS_MAX = EVENTS_PER_TRANSACTION_MAX // ORDERS_AT_ONCE - 1
"""One call takes this many times as many orders, as each may have to be cancelled; a member that
has more asks again."""


async def reset_tenant(tx: OrdersTx, *, member_id: str) -> TenantReset:
    """Forget the orders that a member placed, its items, recalls and messages; say so.

    Orders that it sells belong to those who placed them. Its webhook endpoints stay. What can be
    cancelled is, so that money, declarations and parcels of both hubs are undone by their own
    rules; what has left the country runs its course.
    """
    count, last = 0, ""
    for _ in range(ROUNDS_MAX):
        found = await tx.resets.placed_by(member_id, after=last, limit=ORDERS_AT_ONCE)
        if not found:
            break
        await tx.timelines.hold(found)
        await _call_off(tx, found)
        await tx.resets.forget_orders(found)
        count, last = count + len(found), found[-1]
    items = await tx.resets.forget_items(member_id)
    await tx.resets.forget_recalls(member_id)
    await tx.resets.forget_messages(member_id)
    await tx.operations.forget_of(member_id)
    reset = TenantReset(member_id=member_id, orders_count=count, items_count=items, reset_at=tx.now)
    await tx.emit(reset, key=member_id)
    return reset


async def _call_off(tx: OrdersTx, order_ids: Collection[str]) -> None:
    """Say of the orders bought here, which are held, that those not shipped will not be."""
    for order in (await tx.orders.of(order_ids)).values():
        if order.buyer_hub == tx.hub and order.state in CANCELLABLE:
            await tx.emit(
                OrderCancelled(order_id=order.id, order_no=order.order_no, reason=REASON),
                key=order.id,
                audience=audience_of(order),
                sequence=order.version + 1,
            )
