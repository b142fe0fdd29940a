"""What the payments services of other hubs tell us about our sellers' money."""

from dataclasses import replace

from services.payments.domain.settlement import ReceiveProceeds, ReturnProceeds
from services.payments.store.finance import EscrowAbroad
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.book_proceeds import book_proceeds
from services.payments.usecases.track_escrow import note_escrow
from shared.contracts.payments.events import (
    PaymentCaptured,
    PaymentRefunded,
    ProceedsReclaimed,
    ProceedsReleased,
)
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

    def change(known: EscrowAbroad) -> EscrowAbroad:
        released = known.released_minor + event.amount.amount_minor
        return replace(known, released_minor=released, is_released=True)

    await note_escrow(tx, order_id=event.order_id, change=change)


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

    def change(known: EscrowAbroad) -> EscrowAbroad:
        return replace(known, reclaimed_minor=known.reclaimed_minor + event.amount.amount_minor)

    await note_escrow(tx, order_id=event.order_id, change=change)


async def on_payment_captured(event: PaymentCaptured, tx: PaymentsTx) -> None:
    def change(known: EscrowAbroad) -> EscrowAbroad:
        return replace(
            known, captured_minor=event.amount.amount_minor, captured_at=event.captured_at
        )

    await note_escrow(tx, order_id=event.order_id, change=change)


async def on_payment_refunded(event: PaymentRefunded, tx: PaymentsTx) -> None:
    def change(known: EscrowAbroad) -> EscrowAbroad:
        return replace(known, refunded_minor=known.refunded_minor + event.amount.amount_minor)

    await note_escrow(tx, order_id=event.order_id, change=change)


def _told_by(tx: PaymentsTx) -> str:
    """Return the hub that owns the event being handled: the e-road has proved it."""
    assert tx.cause is not None, "an event is being handled"
    return tx.cause.hub


SUBSCRIPTIONS = [
    on(PaymentCaptured, on_payment_captured, source="peers"),
    on(PaymentRefunded, on_payment_refunded, source="peers"),
    on(ProceedsReleased, on_proceeds_released, source="peers"),
    on(ProceedsReclaimed, on_proceeds_reclaimed, source="peers"),
]
