"""What officers of customs may read of a payment: the fields of message 411 and the original data.

Every look is logged with who looked; what they saw is not.
"""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Query

from services.payments.api.deps import PaymentsReading
from services.payments.domain.original import PaymentOriginal
from services.payments.domain.payment import Payment
from services.payments.domain.rejections import PaymentNotKnown
from shared.contracts.event import MoneyWords
from shared.contracts.payments.api import PaidItemWords
from shared.contracts.payments.documents import (
    PayeeWords,
    PaymentDocuments,
    PaymentDocumentView,
    PaymentOriginalView,
)
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute

log = structlog.get_logger(__name__)
router = APIRouter(
    prefix="/v1/payment-documents",
    tags=["payments"],
    route_class=DoorRoute,
    dependencies=[Depends(requires("customs:decide"))],
)
Number = Annotated[str, Query(min_length=1, max_length=100)]


@router.get("")
async def read(pay_transaction_id: Number, tx: PaymentsReading, caller: Caller) -> PaymentDocuments:
    """Read the payments a provider knows under this number, for customs to verify (C12)."""
    found = await tx.payments.numbered(pay_transaction_id)
    if not found:
        raise PaymentNotKnown("there is no such payment", field="pay_transaction_id")
    ids = [payment.id for payment in found]
    log.info("payment-documents.read", by=caller.client_id, payments=ids)
    documents = [_view(each, await tx.payments.original(each.id)) for each in found]
    return PaymentDocuments(documents=tuple(documents))


def _view(payment: Payment, original: PaymentOriginal | None) -> PaymentDocumentView:
    paid = payment.captured_minor or payment.authorised_minor
    return PaymentDocumentView(
        payment_id=payment.id,
        pay_transaction_id=payment.pay_transaction_id,
        provider=payment.provider,
        order_id=payment.order_id,
        order_no=payment.order_no,
        state=payment.state.value,
        amount_paid=MoneyWords(amount_minor=paid, currency=payment.currency),
        payer_id_number=payment.payer_id_number,
        payer_name=payment.payer_name,
        paid_at=payment.captured_at,
        original=None if original is None else _original(original),
    )


def _original(original: PaymentOriginal) -> PaymentOriginalView:
    return PaymentOriginalView(
        asked=original.asked,
        answered=original.answered,
        verified_by=original.verified_by.value,
        payee=PayeeWords(**original.payee._asdict()),
        answered_at=original.answered_at,
        items=tuple(PaidItemWords(name=item.name, link=item.link) for item in original.items),
        keep_until=original.keep_until,
        missing=tuple(original.missing),
    )
