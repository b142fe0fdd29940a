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
    return_id: Id | None = None


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


class ProceedsReclaimed(Event, wire_name="payments.proceeds-reclaimed.v1", leaves_hub=True):
    """The buyer's hub takes back from the seller's hub what it owed or had paid for an order.

    A refund after the release, or tax that the order's escrow no longer covered; `reason` is a
    stable code.
    """

    order_id: Id
    order_no: ShortText
    seller_id: Id
    debtor_hub: HubName
    amount: MoneyWords
    reason: ShortText
    transfer_id: Id


class QuoteTaken(Event, wire_name="payments.quote-taken.v1"):
    """A seller's money was exchanged at a locked quote; `target` is before the fee."""

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


class PayoutReturned(Event, wire_name="payments.payout-returned.v1"):
    """The bank refused a payout; the seller has the money available again."""

    payout_id: Id
    seller_id: Id
    amount: MoneyWords
    reason: ShortText


EVENTS: tuple[type[Event], ...] = (
    PaymentCaptured,
    PaymentRefunded,
    ProceedsReleased,
    ProceedsReclaimed,
    QuoteTaken,
    PayoutSent,
    PayoutReturned,
)
