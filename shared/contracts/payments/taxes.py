"""What one may ask `payments` over HTTP about tax: a period's return, and paying it."""

from typing import Annotated

from pydantic import Field

from shared.contracts.event import Currency, Id, Moment, MoneyWords, ShortText, Words

Authority = Annotated[str, Field(pattern=r"^[A-Z][A-Z-]{1,39}$")]
Period = Annotated[str, Field(pattern=r"^[0-9]{4}-(Q[1-4]|(0[1-9]|1[0-2]))$")]
BILLS_SHOWN_MAX = 100_000


class TaxBillView(Words):
    """One bill of a tax return; `returned` is what customs gave back on returns in time."""

    bill_no: ShortText
    order_id: Id
    logistics_no: ShortText
    amount: MoneyWords
    returned: MoneyWords
    booked_at: Moment


class TaxReturnView(Words):
    """A period's return in one currency: the sum of its bills, and what the ledger says."""

    authority: Authority
    period: Period
    currency: Currency
    bills_total: MoneyWords
    ledger_total: MoneyWords
    remitted: MoneyWords
    is_equal: bool
    due_by: Moment
    bills: Annotated[tuple[TaxBillView, ...], Field(max_length=BILLS_SHOWN_MAX)]


class TaxReturns(Words):
    """A period's return in every currency it has."""

    returns: Annotated[tuple[TaxReturnView, ...], Field(max_length=200)]


class RemitTax(Words):
    """Pay a period's return to its authority, in one currency."""

    currency: Currency


class RemittedView(Words):
    """What was paid for a period."""

    return_id: Id
    remitted: MoneyWords
