"""What `orders` tells payments: what a buyer owes, and that nobody owes it any more."""

from services.payments.domain.order import OrderMoney
from services.payments.domain.rejections import OrderElsewhere
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.cancel_order import cancel_order
from services.payments.usecases.record_order import record_order
from shared.contracts.orders.events import OrderCancelled, OrderPlaced
from shared.kernel.ids import parse_id
from shared.messaging.consumer import on


async def on_order_placed(event: OrderPlaced, tx: PaymentsTx) -> None:
    if tx.cause is not None and tx.cause.hub != event.buyer_hub:
        raise OrderElsewhere(f"{tx.cause.hub} speaks for buyers of {event.buyer_hub}")
    order = OrderMoney(
        id=event.order_id,
        order_no=event.order_no,
        marketplace_id=event.marketplace_id,
        seller_id=event.seller_id,
        seller_hub=event.seller_hub,
        buyer_hub=event.buyer_hub,
        currency=event.paid.currency,
        goods_minor=event.goods.amount_minor,
        tax_minor=event.tax.amount_minor,
        paid_minor=event.paid.amount_minor,
    )
    await record_order(tx, order=order)


async def on_order_cancelled(event: OrderCancelled, tx: PaymentsTx) -> None:
    owner = parse_id(event.order_id).hub
    if tx.cause is not None and tx.cause.hub != owner:
        raise OrderElsewhere(f"{tx.cause.hub} cancels an order of {owner}")
    await cancel_order(tx, order_id=event.order_id, reason=event.reason)


SUBSCRIPTIONS = [
    on(OrderPlaced, on_order_placed, source="both"),
    on(OrderCancelled, on_order_cancelled, source="both"),
]
