"""What `orders` tells payments: what a buyer owes, and what becomes of it: cancelled, returned,
granted, complained about."""

from services.payments.domain.line import OrderLine
from services.payments.domain.order import OrderMoney
from services.payments.domain.rejections import OrderElsewhere
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.cancel_order import cancel_order
from services.payments.usecases.dispute_order import (
    freeze_for_complaint,
    unfreeze_after_complaint,
)
from services.payments.usecases.record_order import record_order
from services.payments.usecases.refund_order import grant_goodwill
from services.payments.usecases.refund_return import note_return
from shared.contracts.orders.events import (
    ComplaintClosed,
    ComplaintOpened,
    GoodwillGranted,
    OrderCancelled,
    OrderPlaced,
    ReturnReceived,
)
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
        lines=tuple(
            OrderLine(line.line_no, line.quantity, line.total_price.amount_minor)
            for line in event.lines
        ),
    )
    await record_order(tx, order=order)


async def on_order_cancelled(event: OrderCancelled, tx: PaymentsTx) -> None:
    owner = parse_id(event.order_id).hub
    if tx.cause is not None and tx.cause.hub != owner:
        raise OrderElsewhere(f"{tx.cause.hub} cancels an order of {owner}")
    await cancel_order(tx, order_id=event.order_id, reason=event.reason)


async def on_return_received(event: ReturnReceived, tx: PaymentsTx) -> None:
    goods = event.goods_refund
    await note_return(
        tx,
        return_id=event.return_id,
        order_id=event.order_id,
        logistics_no=event.logistics_no,
        received_at=event.received_at,
        goods_minor=0 if goods is None else goods.amount_minor,
        lines=tuple((line.line_no, line.quantity) for line in event.lines),
    )


async def on_goodwill_granted(event: GoodwillGranted, tx: PaymentsTx) -> None:
    await grant_goodwill(
        tx,
        grant_id=event.grant_id,
        order_id=event.order_id,
        amount=event.amount.money(),
        reason=event.reason,
    )


async def on_complaint_opened(event: ComplaintOpened, tx: PaymentsTx) -> None:
    await freeze_for_complaint(tx, complaint_id=event.complaint_id, order_id=event.order_id)


async def on_complaint_closed(event: ComplaintClosed, tx: PaymentsTx) -> None:
    await unfreeze_after_complaint(tx, complaint_id=event.complaint_id, order_id=event.order_id)


SUBSCRIPTIONS = [
    on(OrderPlaced, on_order_placed, source="both"),
    on(OrderCancelled, on_order_cancelled, source="both"),
    on(ReturnReceived, on_return_received),
    on(GoodwillGranted, on_goodwill_granted),
    on(ComplaintOpened, on_complaint_opened),
    on(ComplaintClosed, on_complaint_closed),
]
