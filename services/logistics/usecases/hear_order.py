"""Remember an order that is sold or bought here; news of it may have come before."""

from dataclasses import replace

from services.logistics.domain.booking import HeardOrder
from services.logistics.store.tx import LogisticsTx


async def hear_order(tx: LogisticsTx, *, order: HeardOrder) -> None:
    """Keep parties and goods of `order`; what was heard of its money and clearance stays."""
    known = await tx.heard_orders.hold(order.order_id)
    await tx.heard_orders.save(
        replace(
            known,
            order_no=order.order_no,
            seller_id=order.seller_id,
            marketplace_id=order.marketplace_id,
            seller_hub=order.seller_hub,
            buyer_hub=order.buyer_hub,
            goods=order.goods,
        )
    )
