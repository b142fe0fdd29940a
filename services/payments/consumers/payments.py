"""What the payments services of other hubs tell us about our sellers' money."""

from services.payments.domain.settlement import ReceiveProceeds, ReturnProceeds
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.book_proceeds import book_proceeds
from shared.contracts.payments.events import ProceedsReclaimed, ProceedsReleased
from shared.messaging.consumer import on


async def on_proceeds_released(event: ProceedsReleased, tx: PaymentsTx) -> None:
    await book_proceeds(
        tx,
        ReceiveProceeds,
        peer=_told_by(tx),
        hub=event.creditor_hub,
        order_id=event.order_id,
        seller_id=event.seller_id,
        amount=event.amount.money(),
        transfer_id=event.transfer_id,
    )


async def on_proceeds_reclaimed(event: ProceedsReclaimed, tx: PaymentsTx) -> None:
    await book_proceeds(
        tx,
        ReturnProceeds,
        peer=_told_by(tx),
        hub=event.debtor_hub,
        order_id=event.order_id,
        seller_id=event.seller_id,
        amount=event.amount.money(),
        transfer_id=event.transfer_id,
    )


def _told_by(tx: PaymentsTx) -> str:
    """Return the hub that owns the event being handled: the e-road has proved it."""
    assert tx.cause is not None, "an event is being handled"
    return tx.cause.hub


SUBSCRIPTIONS = [
    on(ProceedsReleased, on_proceeds_released, source="peers"),
    on(ProceedsReclaimed, on_proceeds_reclaimed, source="peers"),
]
