"""What the payments services of other hubs tell us about our sellers' money."""

from dataclasses import replace

from services.payments.domain.settlement import ReceiveProceeds, ReturnProceeds
from services.payments.domain.signing import Signer
from services.payments.store.finance import EscrowAbroad
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.book_proceeds import book_proceeds
from services.payments.usecases.settle_window import note_dispute, note_sheet, receive_window
from services.payments.usecases.track_escrow import note_escrow
from shared.contracts.payments.events import (
    PaymentCaptured,
    PaymentRefunded,
    ProceedsReclaimed,
    ProceedsReleased,
    SheetDisputed,
    SheetSigned,
    WindowSettled,
)
from shared.messaging.consumer import on
from shared.messaging.hearing import Listening


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
        order_no=event.order_no,
        obligation_no=event.obligation_no,
    )

    def change(known: EscrowAbroad) -> EscrowAbroad:
        released = known.released_minor + event.amount.amount_minor
        is_last = event.lines is None
        return replace(known, released_minor=released, is_released=known.is_released or is_last)

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
        order_no=event.order_no,
        obligation_no=event.obligation_no,
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


def subscriptions(signer: Signer, *, bank_account: str) -> list[Listening]:
    """Return what is heard from peers; sheets are verified with `signer`'s keys."""

    async def on_sheet_signed(event: SheetSigned, tx: PaymentsTx) -> None:
        await note_sheet(tx, event, signer=signer)

    async def on_sheet_disputed(event: SheetDisputed, tx: PaymentsTx) -> None:
        await note_dispute(tx, event)

    async def on_window_settled(event: WindowSettled, tx: PaymentsTx) -> None:
        await receive_window(tx, event, bank_account=bank_account)

    return [
        *SUBSCRIPTIONS,
        on(SheetSigned, on_sheet_signed, source="peers"),
        on(SheetDisputed, on_sheet_disputed, source="peers"),
        on(WindowSettled, on_window_settled, source="peers"),
    ]


SUBSCRIPTIONS = [
    on(PaymentCaptured, on_payment_captured, source="peers"),
    on(PaymentRefunded, on_payment_refunded, source="peers"),
    on(ProceedsReleased, on_proceeds_released, source="peers"),
    on(ProceedsReclaimed, on_proceeds_reclaimed, source="peers"),
]
