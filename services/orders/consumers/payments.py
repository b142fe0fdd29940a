"""What payments tells: the buyer's money taken, given back, passed on."""

from services.orders.consumers.heard import heard
from services.orders.domain.facts import FactKind
from services.orders.store.tx import OrdersTx
from services.orders.usecases.follow_return import follow_return
from services.orders.usecases.record_facts import record_facts
from shared.contracts.payments.events import PaymentCaptured, PaymentRefunded, ProceedsReleased
from shared.messaging.consumer import on


async def on_payment_captured(event: PaymentCaptured, tx: OrdersTx) -> None:
    fact = heard(
        tx,
        FactKind.PAYMENT_CAPTURED,
        event.order_id,
        occurred_at=event.captured_at,
        payment_id=event.payment_id,
    )
    await record_facts(tx, [fact])


async def on_payment_refunded(event: PaymentRefunded, tx: OrdersTx) -> None:
    fact = heard(
        tx,
        FactKind.PAYMENT_REFUNDED,
        event.order_id,
        payment_id=event.payment_id,
        amount_minor=str(event.amount.amount_minor),
        currency=event.amount.currency,
        reason=event.reason,
        return_id=event.return_id,
    )
    if event.return_id is None:
        await record_facts(tx, [fact])
    else:
        await follow_return(tx, return_id=event.return_id, fact=fact)


async def on_proceeds_released(event: ProceedsReleased, tx: OrdersTx) -> None:
    """The amounts are between the hubs and the seller; the timeline says only that it happened."""
    fact = heard(tx, FactKind.PROCEEDS_RELEASED, event.order_id, transfer_id=event.transfer_id)
    await record_facts(tx, [fact])


SUBSCRIPTIONS = [
    on(PaymentCaptured, on_payment_captured, source="both"),
    on(PaymentRefunded, on_payment_refunded, source="both"),
    on(ProceedsReleased, on_proceeds_released, source="both"),
]
