"""What `payments` says: money taken, released, exchanged and paid out."""

from typing import Annotated

from pydantic import Field

from shared.contracts.event import (
    DecimalText,
    Event,
    HubName,
    Id,
    LineNumbers,
    Moment,
    MoneyWords,
    Pii,
    Residency,
    ShortText,
    Text,
    Words,
    personal,
)

CHUNKS_MAX = 4_000
"""Hashes of a settlement sheet; with 500 obligations each it holds two million."""
LINES_PER_CHUNK = 500

ObligationNo = Annotated[
    int,
    Field(strict=True, ge=1, le=10**12, description="dense per debtor, creditor and currency"),
]


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
    """Money went back to the buyer; `return_id` when a return or a goodwill grant asked for it."""

    payment_id: Id
    order_id: Id
    order_no: ShortText
    amount: MoneyWords
    reason: ShortText
    return_id: Id | None = None


class ProceedsReleased(Event, wire_name="payments.proceeds-released.v1", leaves_hub=True):
    """The buyer's hub owes the seller's hub what is left of an order after tax and commission.

    `lines` are named when only those are released and others of the order are still held.
    """

    order_id: Id
    order_no: ShortText
    seller_id: Id
    creditor_hub: HubName
    amount: MoneyWords
    commission: MoneyWords
    tax: MoneyWords
    transfer_id: Id
    obligation_no: ObligationNo | None = None
    lines: LineNumbers | None = None


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
    obligation_no: ObligationNo | None = None


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


class TaxDue(Event, wire_name="payments.tax-due.v1"):
    """A tax bill is payable to its authority, in the return of this period."""

    order_id: Id
    logistics_no: ShortText
    bill_no: ShortText
    authority: ShortText
    period: ShortText
    amount: MoneyWords


class TaxRemitted(Event, wire_name="payments.tax-remitted.v1"):
    """A period's tax was paid: exactly what its bills add up to."""

    return_id: Id
    authority: ShortText
    period: ShortText
    amount: MoneyWords
    remitted_at: Moment


class ProceedsReceived(Event, wire_name="payments.proceeds-received.v1"):
    """The proceeds of an order are home: the peer hub has settled them."""

    order_id: Id
    order_no: ShortText
    seller_id: Id
    amount: MoneyWords
    received_at: Moment


class AdvanceDisbursed(Event, wire_name="payments.advance-disbursed.v1"):
    """A seller has money before its orders are released; `fee` is the whole price."""

    advance_id: Id
    seller_id: Id
    amount: MoneyWords
    fee: MoneyWords | None = None
    at: Moment


class AdvanceRepaid(Event, wire_name="payments.advance-repaid.v1"):
    """Part or all of an advance came back out of the seller's money."""

    advance_id: Id
    seller_id: Id
    amount: MoneyWords
    left: MoneyWords | None = None
    at: Moment


class RebateClaimed(Event, wire_name="payments.rebate-claimed.v1"):
    """A rebate or drawback was claimed, its evidence complete and its deadline kept."""

    case_id: Id
    seller_id: Id
    amount: MoneyWords
    at: Moment


class RebatePaid(Event, wire_name="payments.rebate-paid.v1"):
    """The authority paid a rebate or drawback."""

    case_id: Id
    seller_id: Id
    amount: MoneyWords
    at: Moment


class RebateRepaid(Event, wire_name="payments.rebate-repaid.v1"):
    """A rebate that was clawed back is repaid: what must come first is done."""

    case_id: Id
    seller_id: Id
    amount: MoneyWords
    at: Moment


class SheetLine(Words):
    """One gross leg of a settlement sheet; the amount is negative when it was taken back."""

    no: ObligationNo
    transfer_id: Id
    order_id: Id
    amount: MoneyWords


class SheetSigned(Event, wire_name="payments.sheet-signed.v1", leaves_hub=True):
    """A hub computed a window's sheet from its own log and signed it.

    A window holds the obligations of `debtor` to `creditor` in one currency, after the last window
    up to `until_no`. `chunks` are hashes over each 500 lines, so a difference is found by one more
    exchange.
    """

    window_id: Id
    debtor: HubName
    creditor: HubName
    window_no: ObligationNo
    after_no: Annotated[int, Field(strict=True, ge=0, le=10**12)]
    until_no: ObligationNo
    net: MoneyWords
    sheet_sha256: ShortText
    chunks: Annotated[tuple[ShortText, ...], Field(min_length=1, max_length=CHUNKS_MAX)]
    signed_by: HubName
    key_id: ShortText
    signature: Text


class SheetDisputed(Event, wire_name="payments.sheet-disputed.v1", leaves_hub=True):
    """Two sheets differ; these are our lines of the first chunk that does."""

    window_id: Id
    debtor: HubName
    creditor: HubName
    chunk: Annotated[int, Field(strict=True, ge=0, le=CHUNKS_MAX)]
    lines: Annotated[tuple[SheetLine, ...], Field(max_length=LINES_PER_CHUNK)]
    said_by: HubName


class WindowSettled(Event, wire_name="payments.window-settled.v1", leaves_hub=True):
    """Both hubs signed equal sheets and the debtor's bank has sent the net amount."""

    window_id: Id
    debtor: HubName
    creditor: HubName
    window_no: ObligationNo
    net: MoneyWords
    sheet_sha256: ShortText
    settled_at: Moment


class BreakOpened(Event, wire_name="payments.break-opened.v1"):
    """A bank's statement and the ledger do not agree about one entry."""

    break_id: Id
    account: ShortText
    reason: ShortText
    amount: MoneyWords
    at: Moment


class BreakClosed(Event, wire_name="payments.break-closed.v1"):
    """A break is explained; `resolution` is a stable code."""

    break_id: Id
    account: ShortText
    resolution: ShortText
    at: Moment


EVENTS: tuple[type[Event], ...] = (
    PaymentCaptured,
    PaymentRefunded,
    ProceedsReleased,
    ProceedsReclaimed,
    QuoteTaken,
    PayoutSent,
    PayoutReturned,
    TaxDue,
    TaxRemitted,
    ProceedsReceived,
    AdvanceDisbursed,
    AdvanceRepaid,
    RebateClaimed,
    RebatePaid,
    RebateRepaid,
    SheetSigned,
    SheetDisputed,
    WindowSettled,
    BreakOpened,
    BreakClosed,
)
