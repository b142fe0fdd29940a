"""In test mode a member begins anew: what it has in this service is taken away."""

from services.orders.store.tx import OrdersTx
from shared.contracts.orders.events import TenantReset

ORDERS_AT_ONCE = 500
ROUNDS_MAX = 100
"""One call takes this many times as many orders; a member that has more asks again."""


async def reset_tenant(tx: OrdersTx, *, member_id: str) -> TenantReset:
    """Forget the orders that a member placed, its items, recalls and messages; say so.

    Orders that it sells belong to those who placed them. Its webhook endpoints stay.
    """
    count, last = 0, ""
    for _ in range(ROUNDS_MAX):
        found = await tx.resets.placed_by(member_id, after=last, limit=ORDERS_AT_ONCE)
        if not found:
            break
        await tx.timelines.hold(found)
        await tx.resets.forget_orders(found)
        count, last = count + len(found), found[-1]
    items = await tx.resets.forget_items(member_id)
    await tx.resets.forget_recalls(member_id)
    await tx.resets.forget_messages(member_id)
    await tx.operations.forget_of(member_id)
    reset = TenantReset(member_id=member_id, orders_count=count, items_count=items, reset_at=tx.now)
    await tx.emit(reset, key=member_id)
    return reset
