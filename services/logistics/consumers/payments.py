"""What payments of the buyers' hubs say: whether an order sold here is paid."""

from services.logistics.consumers.speaker import check_owner
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.hear_payment import hear_capture, hear_refund
from shared.contracts.payments.events import PaymentCaptured, PaymentRefunded
from shared.messaging.consumer import on


async def on_payment_captured(event: PaymentCaptured, tx: LogisticsTx) -> None:
    """Only the hub where the order was placed holds its buyer's money."""
    check_owner(tx, event.order_id)
    await hear_capture(tx, order_id=event.order_id, amount=event.amount.money())


async def on_payment_refunded(event: PaymentRefunded, tx: LogisticsTx) -> None:
    check_owner(tx, event.order_id)
    await hear_refund(tx, order_id=event.order_id, amount=event.amount.money())


SUBSCRIPTIONS = [
    on(PaymentCaptured, on_payment_captured, source="peers"),
    on(PaymentRefunded, on_payment_refunded, source="peers"),
]
