"""Learn something about a parcel: booked, cancelled, delivered, cleared, sent back."""

from typing import Any

from services.payments.domain.rejections import OrderElsewhere
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.settle_order import settle_order


async def note_parcel(tx: PaymentsTx, *, order_id: str, logistics_no: str, **facts: Any) -> None:
    """Add `facts`, fields of OrderParcel, to what is known; then see what they add up to."""
    await tx.take_turn()
    # The order first: two parcels' facts at one moment must see each other.
    order = await tx.orders.find_locked(order_id)
    teller = tx.hub if tx.cause is None else tx.cause.hub
    if order is not None and teller not in (order.seller_hub, order.buyer_hub):
        raise OrderElsewhere(f"{teller} has no part in this order", order_id=order_id)
    await tx.orders.note_parcel(order_id, logistics_no, **facts)
    await settle_order(tx, order_id=order_id)
