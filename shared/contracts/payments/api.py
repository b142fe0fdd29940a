"""What one may ask `payments` over HTTP. Amounts are whole minor units of one currency."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import (
    Currency,
    DecimalText,
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
from shared.kernel.money import AMOUNT_MINOR_MAX

ENTRIES_MAX = 100
ITEMS_MAX = 99
LINES_MAX = 500
POSTINGS_MAX = 2_000
COMMANDS_MAX = 500
CURRENCIES_MAX = 200
FINDINGS_MAX = 100

AmountMinor = Annotated[int, Field(strict=True, ge=1, le=AMOUNT_MINOR_MAX)]
Counter = Annotated[int, Field(strict=True, ge=-(2**62), le=2**62)]
Count = Annotated[int, Field(strict=True, ge=0, le=10**12)]
AccountCode = Annotated[str, Field(pattern=r"^[a-z_]+(:[A-Za-z0-9_-]+){0,2}$", max_length=160)]
Provider = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
Instrument = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
Beneficiary = Annotated[str, Field(pattern=r"^[A-Za-z0-9 /-]{4,100}$")]
Reason = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,100}$", description="a stable code")]
PaymentState = Literal[
    "declined",
    "authorised",
    "captured",
    "partly-refunded",
    "refunded",
    "released",
    "voided",
    "expired",
    "charged-back",
]
DisputeState = Literal["open", "won", "lost", "withdrawn"]


class Positive(Words):
    """An amount of money above zero."""

    amount_minor: AmountMinor
    currency: Currency


class PaidItemWords(Words):
    """What is paid for, and the page on which the buyer saw it: customs may ask for both."""

    name: Text
    link: Annotated[str, Field(pattern=r"^https?://[!-~]{1,500}$")]


class AuthorisePayment(Words):
    """A buyer pays an order: its total is reserved at the payment provider.

    In test mode the instrument `test-declined` is declined.
    """

    order_id: Id
    amount: Positive
    provider: Literal["simulated"] = "simulated"
    instrument: Instrument = "test-approved"
    pay_transaction_id: ShortText | None = None
    payer_id_number: Annotated[ShortText | None, personal(Pii.ID, Residency.LOCAL)] = None
    payer_name: Annotated[ShortText | None, personal(Pii.SUBJECT, Residency.LOCAL)] = None
    items: Annotated[tuple[PaidItemWords, ...], Field(max_length=ITEMS_MAX)] = ()


class CapturePayment(Words):
    """Take the reserved money into the order's escrow; all of it unless an amount is given."""

    amount: Positive | None = None


class PaymentView(Words):
    """A payment as it stands; never with the payer."""

    id: Id
    order_id: Id
    order_no: ShortText
    provider: Provider
    pay_transaction_id: ShortText
    state: PaymentState
    authorised: MoneyWords
    captured: MoneyWords
    refunded: MoneyWords
    charged_back: MoneyWords | None = None
    expires_at: Moment
    captured_at: Moment | None = None


class RequestRefund(Words):
    """Send money back to the buyer: all that is left unless an amount is given.

    With `lines` it is for those lines of the order: all that is left of them, or the amount shared
    in proportion to that.
    """

    payment_id: Id
    amount: Positive | None = None
    reason: Reason
    lines: LineNumbers | None = None


class RefundView(Words):
    """A refund: `confirmed` once the provider says that the buyer has the money.

    `voided`: a chargeback was quicker and took its money over.
    """

    id: Id
    payment_id: Id
    order_id: Id
    amount: MoneyWords
    reason: ShortText
    state: Literal["requested", "confirmed", "voided"]
    requested_at: Moment
    confirmed_at: Moment | None = None
    return_id: Id | None = None


class OpenDispute(Words):
    """A buyer's bank puts a payment in question; all that was not refunded unless told."""

    payment_id: Id
    kind: Literal["chargeback", "complaint"] = "chargeback"
    amount: Positive | None = None
    reason: Reason


class RuleDispute(Words):
    """How a dispute ends: the seller won or lost it, or the buyer withdrew it."""

    outcome: Literal["won", "lost", "withdrawn"]


class DisputeView(Words):
    """A dispute as it stands; while it is open the order's money waits, at most until `due_at`."""

    id: Id
    payment_id: Id
    order_id: Id
    kind: Literal["chargeback", "complaint"]
    amount: MoneyWords
    reason: ShortText
    state: DisputeState
    opened_at: Moment
    due_at: Moment
    ended_at: Moment | None = None


class RequestQuote(Words):
    """Exchange `amount` into or out of the other currency, as `fix` says.

    `source`: give exactly this amount and get what it makes. `target`: get exactly this amount,
    before the fee, and give what it costs.
    """

    seller_id: Id
    fix: Literal["source", "target"] = "source"
    amount: Positive
    currency: Currency
    """The other currency."""


class MidView(Words):
    """A mid rate as its source gave it: `unit` of `base` cost `rate` of `counter`."""

    base: Currency
    counter: Currency
    unit: Annotated[int, Field(strict=True, ge=1, le=10_000)]
    rate: DecimalText
    source: ShortText
    at: Moment


class QuoteView(Words):
    """A locked offer: `net` is what arrives, `target` less the fee."""

    id: Id
    seller_id: Id
    provider: ShortText
    is_simulated: bool
    fix: Literal["source", "target"]
    source: MoneyWords
    target: MoneyWords
    fee: MoneyWords
    net: MoneyWords
    rate: DecimalText
    spread_bp: Annotated[int, Field(strict=True, ge=0, le=10_000)]
    rounding: ShortText
    mids: Annotated[tuple[MidView, ...], Field(min_length=1, max_length=2)]
    state: Literal["open", "taken", "expired"]
    expires_at: Moment


class RequestPayout(Words):
    """Send a seller's available money to its account at its own bank.

    In test mode the beneficiary `TEST-RETURNED` makes the bank return it.
    """

    seller_id: Id
    amount: Positive
    beneficiary: Beneficiary


class PayoutView(Words):
    """A payout on its way, sent, or returned."""

    id: Id
    seller_id: Id
    amount: MoneyWords
    beneficiary: ShortText
    state: Literal["requested", "sent", "returned"]
    requested_at: Moment
    settled_at: Moment | None = None
    withheld: MoneyWords | None = None
    bank_reference: ShortText | None = None
    return_reason: ShortText | None = None


class AccountView(Words):
    """One account in one currency: `balance` on its normal side, `available` less holds."""

    code: AccountCode
    currency: Currency
    kind: ShortText
    floor: Counter | None = None
    balance: Counter
    available: Counter
    debits: Counter
    credits: Counter
    debits_pending: Counter
    credits_pending: Counter


class AccountBalances(Words):
    """An account code in every currency it has."""

    code: AccountCode
    balances: Annotated[tuple[AccountView, ...], Field(max_length=CURRENCIES_MAX)]


class EntryWords(Words):
    """One movement of an operator's posting."""

    debit: AccountCode
    credit: AccountCode
    amount: Positive


class TransferLine(Words):
    """Entries that are posted together or not at all, once under their id."""

    id: Id
    ref: ShortText
    entries: Annotated[tuple[EntryWords, ...], Field(min_length=1, max_length=ENTRIES_MAX)]


class PostTransfers(Words):
    """Many lines at once; each succeeds or fails by itself."""

    lines: Annotated[tuple[TransferLine, ...], Field(min_length=1, max_length=LINES_MAX)]


class LineResult(Words):
    """What became of one line: accepted, or the code and reason of its refusal."""

    id: Id
    outcome: ShortText
    detail: Text | None = None
    replayed: bool = False


class TransferResults(Words):
    """One result for each line, in their order."""

    results: Annotated[tuple[LineResult, ...], Field(max_length=LINES_MAX)]


class FindingView(Words):
    """One thing that is wrong with the ledger."""

    check: ShortText
    subject: Annotated[str, Field(max_length=300)]
    detail: Text


class LedgerReport(Words):
    """The ledger, replayed from its first transfer and compared with what it says."""

    is_sound: bool
    transfers: Count
    batches: Count
    accounts: Count
    sums: Annotated[dict[Currency, Counter], Field(max_length=CURRENCIES_MAX)]
    findings: Annotated[tuple[FindingView, ...], Field(max_length=FINDINGS_MAX)]
