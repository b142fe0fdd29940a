"""Put a good into a member's catalogue, or its next version."""

from collections.abc import Mapping

from services.orders.domain.item import Item, checked_item
from services.orders.store.tx import OrdersTx


async def register_item(tx: OrdersTx, *, item: Item, hs_digits: Mapping[str, int]) -> Item:
    """Return the item as kept, or raise what is wrong with it; the version before ends with it."""
    new = checked_item(item, hs_digits=hs_digits)
    before = await tx.items.hold_newest(new.sku, owner_id=new.owner_id)
    if before is not None:
        await tx.items.end(before.ended_by(new))
    await tx.items.add(new)
    return new
