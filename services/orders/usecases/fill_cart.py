"""Turn what a buyer puts into a cart into lines of an order, from a member's catalogue."""

from collections.abc import Sequence
from datetime import date

from services.orders.domain.draft import Line
from services.orders.domain.item import check_cart
from services.orders.store.items import ItemNotFound
from services.orders.store.tx import OrdersTx


async def fill_cart(
    tx: OrdersTx,
    *,
    pieces: Sequence[tuple[str, int]],
    owner_id: str,
    currency: str,
    on: date,
) -> list[Line]:
    """Return the lines, in the order of `pieces` (sku and quantity), as they would be ordered here.

    Raises ItemNotFound, ItemNotClassified, ItemInOtherCurrency or CartLineRepeated.
    """
    skus = [sku for sku, _ in pieces]
    check_cart(skus)
    items = await tx.items.in_force(skus, owner_id=owner_id, on=on)
    for index, sku in enumerate(skus):
        if sku not in items:
            raise ItemNotFound("no such item in force", field=f"lines[{index}].sku")
    country = tx.hub[:2].upper()
    return [
        items[sku].line(number, quantity=quantity, country=country, currency=currency)
        for number, (sku, quantity) in enumerate(pieces, start=1)
    ]
