"""The whole story of an order's money over HTTP: what was posted, why, and what came of it."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import HubName, Id, Moment, MoneyWords, ShortText, Words
from shared.contracts.payments.api import (
    COMMANDS_MAX,
    POSTINGS_MAX,
    AccountCode,
    AccountView,
    DisputeView,
    PaymentView,
    RefundView,
)
from shared.contracts.payments.settlement import Number
from shared.contracts.payments.taxes import TaxBillView

ROWS_MAX = 500


class Posting(Words):
    """One transfer about an order, and the command that made it."""

    id: Id
    command_id: Id
    debit: AccountCode
    credit: AccountCode
    amount: MoneyWords
    purpose: ShortText
    kind: Literal["post", "hold", "capture", "void", "expire"]


class CommandView(Words):
    """One command about an order, accepted or refused, and the event or request behind it."""

    id: Id
    name: ShortText
    outcome: ShortText
    cause: ShortText
    cause_id: ShortText
    at: Moment


class AdvanceToldView(Words):
    """An advance that the order's escrow secures, perhaps with others."""

    id: Id
    state: ShortText
    principal: MoneyWords
    fee: MoneyWords
    repaid: MoneyWords


class ObligationView(Words):
    """What one hub owes another for the order, by its number between the two, and the window that
    settles it: `open` until one is closed. An amount below zero was taken back."""

    no: Number
    debtor: HubName
    creditor: HubName
    amount: MoneyWords
    window_id: Id | None = None
    state: Literal["open", "closed", "agreed", "settled", "disputed"]
    settled_at: Moment | None = None


class LineMoneyView(Words):
    """One line of the order: its share of what was paid, tax included, and what became of it."""

    line_no: Annotated[int, Field(ge=1, le=ROWS_MAX)]
    goods: MoneyWords
    share: MoneyWords
    refunded: MoneyWords
    state: Literal["held", "released", "given-back"]


class OrderMoneyView(Words):
    """The whole story of an order's money at this hub: every command, every posting, why.

    The postings of each of the order's own `accounts` sum to its balance; `is_complete` is false
    when there are more commands or postings than are shown.
    """

    order_id: Id
    order_no: ShortText
    seller_id: Id
    seller_hub: HubName
    buyer_hub: HubName
    goods: MoneyWords
    tax: MoneyWords
    paid: MoneyWords
    escrow: MoneyWords
    cancelled_reason: ShortText | None = None
    is_released: bool
    lines: Annotated[tuple[LineMoneyView, ...], Field(max_length=ROWS_MAX)] = ()
    payments: Annotated[tuple[PaymentView, ...], Field(max_length=COMMANDS_MAX)]
    commands: Annotated[tuple[CommandView, ...], Field(max_length=COMMANDS_MAX)]
    postings: Annotated[tuple[Posting, ...], Field(max_length=POSTINGS_MAX)]
    accounts: Annotated[tuple[AccountView, ...], Field(max_length=ROWS_MAX)]
    refunds: Annotated[tuple[RefundView, ...], Field(max_length=ROWS_MAX)]
    disputes: Annotated[tuple[DisputeView, ...], Field(max_length=ROWS_MAX)]
    tax_bills: Annotated[tuple[TaxBillView, ...], Field(max_length=ROWS_MAX)]
    advances: Annotated[tuple[AdvanceToldView, ...], Field(max_length=ROWS_MAX)]
    obligations: Annotated[tuple[ObligationView, ...], Field(max_length=ROWS_MAX)]
    is_complete: bool
