"""What payments tell customs: the second document."""

from services.customs.consumers.translate import payment_of
from services.customs.store.documents import Filed
from services.customs.store.tx import CustomsTx
from services.customs.usecases.check_buyer import check_buyer
from services.customs.usecases.gather_dossiers import file_documents
from shared.contracts.payments.events import PaymentCaptured
from shared.messaging.consumer import on


async def on_payment_captured(event: PaymentCaptured, tx: CustomsTx) -> None:
    filed = Filed(document=payment_of(event), key=event.payment_id, order_id=event.order_id)
    await file_documents(tx, [filed])
    await check_buyer(tx, event.order_id)


SUBSCRIPTIONS = [on(PaymentCaptured, on_payment_captured, source="local")]
