"""What an operator asks about bank accounts over HTTP: statements taken, breaks, receipts."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import Currency, Id, Moment, MoneyWords, ShortText, Words

Count = Annotated[int, Field(strict=True, ge=0, le=10**9)]
LongText = Annotated[str, Field(max_length=400)]


class MatchCount(Words):
    """How many matches one rule made."""

    how: ShortText
    count: Count


class BankMessageTaken(Words):
    """What a camt.053 or camt.054 came to; the same message again changes nothing."""

    statement_ids: tuple[Id, ...]
    entries: Count
    matched: tuple[MatchCount, ...]
    receipts: Count
    reversals: Count
    breaks_opened: tuple[Id, ...]
    breaks_closed: Count


class StandingView(Words):
    """Bank and ledger of one account: `bank` less `ledger` is `breaks` less `awaited`, to the
    minor unit, or `unexplained` says by how much not."""

    account: ShortText
    currency: Currency
    statement_no: Count | None = None
    until: Moment | None = None
    bank: MoneyWords
    ledger: MoneyWords
    breaks: MoneyWords
    awaited: MoneyWords
    unexplained: MoneyWords


class Standings(Words):
    """Every bank account of the hub, in every currency."""

    accounts: tuple[StandingView, ...]


class BreakView(Words):
    """One difference: why, since when, whose; positive when the bank has more than the ledger."""

    id: Id
    account: ShortText
    reason: Literal[
        "not-on-statement",
        "amount-differs",
        "duplicate-entry",
        "unexpected-debit",
        "unexpected-credit",
        "opening-balance",
    ]
    amount: MoneyWords
    about: ShortText | None = None
    owner: ShortText
    opened_at: Moment
    age_days: Count
    closed_at: Moment | None = None
    resolution: ShortText | None = None


class Breaks(Words):
    """The oldest first."""

    breaks: tuple[BreakView, ...]


class ResolveBreak(Words):
    """Say what it is: the bank's fee, money to be explained, or a payout that was never sent."""

    resolution: Literal["bank-fee", "unexplained", "not-sent"]


class ReceiptView(Words):
    """Money nobody announced; what is `left` at `back_at` goes back where it came from."""

    id: Id
    account: ShortText
    amount: MoneyWords
    left: MoneyWords
    sent_back: MoneyWords
    state: Literal["waiting", "linked", "sent-back"]
    party: LongText | None = None
    text: LongText | None = None
    received_at: Moment
    back_at: Moment


class Receipts(Words):
    """Receipts that wait for an explanation, those first that go back first."""

    receipts: tuple[ReceiptView, ...]


class LinkReceipt(Words):
    """So much of the receipt is what the provider sends for this order's payment."""

    order_id: Id
    amount: MoneyWords


class PaymentFileView(Words):
    """One pain.001 for our bank."""

    id: Id
    account: ShortText
    count: Count
    total: MoneyWords
    sha256: ShortText
    made_at: Moment


class PaymentFiles(Words):
    """The newest first."""

    files: tuple[PaymentFileView, ...]
