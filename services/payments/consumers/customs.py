"""What our own `customs` tells payments: cleared with a tax bill, or sent back."""

from services.payments.store.tx import PaymentsTx
from services.payments.usecases.note_parcel import note_parcel
from shared.contracts.customs.events import DeclarationReleased, DeclarationSentBack
from shared.messaging.consumer import on


async def on_declaration_released(event: DeclarationReleased, tx: PaymentsTx) -> None:
    await note_parcel(
        tx,
        order_id=event.order_id,
        logistics_no=event.logistics_no,
        cleared_at=event.released_at,
        tax_minor=event.tax.amount_minor,
        tax_currency=event.tax.currency,
        tax_bill_no=event.tax_bill_no,
    )


async def on_declaration_sent_back(event: DeclarationSentBack, tx: PaymentsTx) -> None:
    await note_parcel(
        tx,
        order_id=event.order_id,
        logistics_no=event.logistics_no,
        sent_back_reason=event.reason,
    )


SUBSCRIPTIONS = [
    on(DeclarationReleased, on_declaration_released),
    on(DeclarationSentBack, on_declaration_sent_back),
]
