"""Payment documents for customs: what message 411 says, and the original data behind it."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import (
    Id,
    Moment,
    MoneyWords,
    Pii,
    Residency,
    ShortText,
    Words,
    personal,
)
from shared.contracts.payments.api import ITEMS_MAX, PaidItemWords

MESSAGE_LENGTH_MAX = 20_000
DOCUMENTS_MAX = 20

Message = Annotated[str, Field(max_length=MESSAGE_LENGTH_MAX)]


class PayeeWords(Words):
    """Whose account took the money."""

    name: ShortText
    code: ShortText
    account: ShortText


class PaymentOriginalView(Words):
    """What the provider was asked and what it answered, word for word.

    `missing` names what customs may ask for (C12) and nobody told us.
    """

    asked: Annotated[Message, personal(Pii.SUBJECT, Residency.LOCAL)]
    answered: Annotated[Message, personal(Pii.SUBJECT, Residency.LOCAL)]
    verified_by: Literal["unionpay", "netsunion", "other"]
    payee: PayeeWords
    answered_at: Moment
    items: Annotated[tuple[PaidItemWords, ...], Field(max_length=ITEMS_MAX)]
    keep_until: Moment
    missing: Annotated[tuple[ShortText, ...], Field(max_length=10)]


class PaymentDocumentView(Words):
    """One payment as message 411 tells it, and its original data while that is kept."""

    payment_id: Id
    pay_transaction_id: ShortText
    provider: ShortText
    order_id: Id
    order_no: ShortText
    state: ShortText
    amount_paid: MoneyWords
    payer_id_number: Annotated[ShortText | None, personal(Pii.ID, Residency.LOCAL)] = None
    payer_name: Annotated[ShortText | None, personal(Pii.SUBJECT, Residency.LOCAL)] = None
    paid_at: Moment | None = None
    original: PaymentOriginalView | None = None


class PaymentDocuments(Words):
    """The payments a provider knows under one number."""

    documents: Annotated[tuple[PaymentDocumentView, ...], Field(max_length=DOCUMENTS_MAX)]
