"""What our own `customs` tells payments: cleared with a tax bill, sent back, and what it says to
goods that come back."""

from services.payments.store.tx import PaymentsTx
from services.payments.usecases.move_rebate import claw_back, open_rebate
from services.payments.usecases.note_parcel import note_parcel
from services.payments.usecases.prove_repatriation import note_export
from services.payments.usecases.refund_return import note_return
from shared.contracts.customs.events import (
    DeclarationReleased,
    DeclarationSentBack,
    ExportReleased,
    RebateClawedBack,
    RebateEvidenced,
    ReturnAccepted,
    ReturnRefused,
)
from shared.messaging.consumer import on

ACCEPTED = "accepted"


async def on_declaration_released(event: DeclarationReleased, tx: PaymentsTx) -> None:
    await note_parcel(
        tx,
        order_id=event.order_id,
        logistics_no=event.logistics_no,
        cleared_at=event.released_at,
        tax_minor=event.tax.amount_minor,
        tax_currency=event.tax.currency,
        tax_bill_no=event.tax_bill_no,
        tax_relieved_minor=0 if event.tax_relieved is None else event.tax_relieved.amount_minor,
    )


async def on_declaration_sent_back(event: DeclarationSentBack, tx: PaymentsTx) -> None:
    await note_parcel(
        tx,
        order_id=event.order_id,
        logistics_no=event.logistics_no,
        sent_back_reason=event.reason,
    )


async def on_return_accepted(event: ReturnAccepted, tx: PaymentsTx) -> None:
    await note_return(
        tx,
        return_id=event.return_id,
        order_id=event.order_id,
        logistics_no=event.logistics_no,
        customs_word=ACCEPTED,
        tax_minor=event.tax_returned.amount_minor,
    )


async def on_return_refused(event: ReturnRefused, tx: PaymentsTx) -> None:
    await note_return(
        tx,
        return_id=event.return_id,
        order_id=event.order_id,
        logistics_no=event.logistics_no,
        customs_word=event.reason,
    )


async def on_rebate_evidenced(event: RebateEvidenced, tx: PaymentsTx) -> None:
    await open_rebate(tx, event)


async def on_rebate_clawed_back(event: RebateClawedBack, tx: PaymentsTx) -> None:
    await claw_back(tx, event)


async def on_export_released(event: ExportReleased, tx: PaymentsTx) -> None:
    await note_export(tx, event)


SUBSCRIPTIONS = [
    on(ExportReleased, on_export_released, source="local"),
    on(DeclarationReleased, on_declaration_released),
    on(DeclarationSentBack, on_declaration_sent_back),
    on(ReturnAccepted, on_return_accepted),
    on(ReturnRefused, on_return_refused),
    on(RebateEvidenced, on_rebate_evidenced),
    on(RebateClawedBack, on_rebate_clawed_back),
]
