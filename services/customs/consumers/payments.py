"""What payments tell customs: the second document, and that money is home."""

from services.customs.consumers.translate import payment_of
from services.customs.store.documents import Filed
from services.customs.store.tx import CustomsTx
from services.customs.usecases.assemble_rebate import note_proceeds
from services.customs.usecases.check_buyer import check_buyer
from services.customs.usecases.gather_dossiers import file_documents
from shared.contracts.payments.events import PaymentCaptured, ProceedsReceived
from shared.messaging.consumer import on


async def on_payment_captured(event: PaymentCaptured, tx: CustomsTx) -> None:
    filed = Filed(document=payment_of(event), key=event.payment_id, order_id=event.order_id)
    await file_documents(tx, [filed])
    await check_buyer(tx, event.order_id)


async def on_proceeds_received(event: ProceedsReceived, tx: CustomsTx) -> None:
    """The money of an export is home: evidence for its rebate."""
    await note_proceeds(tx, event.order_id, event.amount.money())


SUBSCRIPTIONS = [
    on(PaymentCaptured, on_payment_captured, source="local"),
    on(ProceedsReceived, on_proceeds_received, source="local"),
]
