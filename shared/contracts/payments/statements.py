"""Statements of accounts over HTTP, in whole minor units of the account's currency."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import Currency, Id, Moment, ShortText, Words
from shared.contracts.payments.api import AccountCode, AmountMinor, Counter

STATEMENT_LINES_MAX = 2_000
"""Postings on one page; banks' own messages are taken up to the same number."""


class StatementLineView(Words):
    """One posting: `change_minor` is what it added to the balance, `cause` what set it off."""

    transfer_id: Id
    at: Moment
    side: Literal["debit", "credit"]
    amount_minor: AmountMinor
    change_minor: Counter
    balance_minor: Counter
    counter_account: AccountCode
    purpose: ShortText
    about: ShortText
    command_id: Id
    command: ShortText
    cause: ShortText
    cause_id: ShortText


class AccountStatementView(Words):
    """One page of an account's period, which begins at `from` and ends just before `until`.

    Opening and closing balance are the whole period's; `brought_minor` and `carried_minor` are
    what the account held before and after the lines of this page.
    """

    code: AccountCode
    currency: Currency
    kind: ShortText
    from_at: Annotated[Moment, Field(alias="from", serialization_alias="from")]
    until: Moment
    opening_minor: Counter
    closing_minor: Counter
    debits_minor: Counter
    credits_minor: Counter
    brought_minor: Counter
    carried_minor: Counter
    lines: Annotated[tuple[StatementLineView, ...], Field(max_length=STATEMENT_LINES_MAX)]
    next_cursor: Annotated[str | None, Field(max_length=400)] = None
