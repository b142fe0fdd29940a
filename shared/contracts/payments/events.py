"""What `payments` says: money taken, released, exchanged and paid out."""

from typing import Annotated

from shared.contracts.event import (
    DecimalText,
    Event,
    HubName,
    Id,
    Moment,
    MoneyWords,
    Pii,
    Residency,
    ShortText,
    personal,
)


class PaymentCaptured(Event, wire_name="payments.payment-captured.v1", leaves_hub=True):
    """The buyer's money is in the order's escrow; also the payment document for customs."""

    payment_id: Id
    pay_transaction_id: ShortText
    order_id: Id
    order_no: ShortText
    amount: MoneyWords
    payer_id_number: Annotated[ShortText | None, personal(Pii.ID, Residency.LOCAL)] = None
    payer_name: Annotated[ShortText | None, personal(Pii.SUBJECT, Residency.LOCAL)] = None
    captured_at: Moment


class PaymentRefunded(Event, wire_name="payments.payment-refunded.v1", leaves_hub=True):
    """Money went back to the buyer."""

    payment_id: Id
    order_id: Id
    order_no: ShortText
    amount: MoneyWords
    reason: ShortText


class ProceedsReleased(Event, wire_name="payments.proceeds-released.v1", leaves_hub=True):
    """The buyer's hub owes the seller's hub what is left of an order after tax and commission."""

    order_id: Id
    order_no: ShortText
    seller_id: Id
    creditor_hub: HubName
    amount: MoneyWords
    commission: MoneyWords
    tax: MoneyWords
    transfer_id: Id


class QuoteTaken(Event, wire_name="payments.quote-taken.v1"):
    """A seller's money was exchanged at a locked quote."""

    quote_id: Id
    seller_id: Id
    source: MoneyWords
    target: MoneyWords
    fee: MoneyWords
    rate: DecimalText
    provider: ShortText


class PayoutSent(Event, wire_name="payments.payout-sent.v1"):
    """The bank confirmed that the seller was paid."""

    payout_id: Id
    seller_id: Id
    amount: MoneyWords
    bank_reference: ShortText
    sent_at: Moment


EVENTS: tuple[type[Event], ...] = (
    PaymentCaptured,
    PaymentRefunded,
    ProceedsReleased,
    QuoteTaken,
    PayoutSent,
)
