"""What orders says, here (orders bought here) and at peers (orders sold here)."""

from services.logistics.consumers.speaker import check_owner
from services.logistics.domain.booking import GoodsLine, HeardOrder
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.call_off_order import call_off_order
from services.logistics.usecases.hear_order import hear_order
from shared.contracts.orders.events import OrderCancelled, OrderPlaced
from shared.messaging.consumer import on


async def on_order_placed(event: OrderPlaced, tx: LogisticsTx) -> None:
    """Keep who sells and who bought where; of the goods what a bill names, of the buyer nothing."""
    check_owner(tx, event.order_id)
    if tx.hub not in {event.seller_hub, event.buyer_hub}:
        return
    order = HeardOrder(
        order_id=event.order_id,
        order_no=event.order_no,
        seller_id=event.seller_id,
        marketplace_id=event.marketplace_id,
        seller_hub=event.seller_hub,
        buyer_hub=event.buyer_hub,
        goods=tuple(
            GoodsLine(
                description=line.description,
                hs_code=line.hs_code,
                origin=line.origin,
                quantity=line.quantity,
                net_g=line.net_weight_g,
                line_no=line.line_no,
            )
            for line in event.lines
        ),
    )
    await hear_order(tx, order=order)


async def on_order_cancelled(event: OrderCancelled, tx: LogisticsTx) -> None:
    check_owner(tx, event.order_id)
    await call_off_order(tx, order_id=event.order_id, reason=event.reason)


SUBSCRIPTIONS = [
    on(OrderPlaced, on_order_placed, source="both"),
    on(OrderCancelled, on_order_cancelled, source="both"),
]
