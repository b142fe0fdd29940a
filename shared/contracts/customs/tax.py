"""What one may ask `customs` about tax over HTTP: bills, guarantees, and tax given back."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.customs.api import (
    LINES_MAX,
    Amount,
    BasisView,
    LineNo,
    Version,
)
from shared.contracts.event import Currency, Id, Moment, MoneyWords, Quantity, ShortText, Words
from shared.contracts.times import AskedMoment, Day


class TaxBillView(Words):
    """A tax bill: 0 security, 1 generated, 2 summarised into a payment order, 3 void."""

    number: ShortText
    declaration_id: Id
    guarantor: Annotated[str, Field(max_length=100)]
    status: Annotated[int, Field(ge=0, le=3)]
    duty: MoneyWords
    vat: MoneyWords
    consumption_tax: MoneyWords
    other: MoneyWords
    tax: MoneyWords
    voided: MoneyWords
    payment_order: Annotated[str, Field(max_length=100)]
    drawn_on: date


class OpenGuarantee(Words):
    """What a guarantor may owe at once; it replaces the limit before."""

    limit_minor: Amount
    currency: Currency


class GuaranteeView(Words):
    """A guarantee account; without a limit nothing was agreed and nothing is limited."""

    guarantor: ShortText
    limit: MoneyWords | None
    drawn: Annotated[tuple[MoneyWords, ...], Field(max_length=10)]
    version: Annotated[int, Field(ge=0, le=10**9)]


class SummariseBills(Words):
    """Put every open bill of a guarantor into one payment order."""


class BillSummaryView(Words):
    """A payment order over many bills; none when nothing was open."""

    payment_order: ShortText | None
    bills: Annotated[int, Field(ge=0, le=2_000)]
    total: MoneyWords | None


class InvoicedLine(Words):
    """What one line of an exported order was bought for, without VAT."""

    line_no: LineNo
    net_minor: Amount


class FileInvoice(Words):
    """The purchase invoice behind an exported order: evidence for its rebate."""

    invoice_no: ShortText
    currency: Currency
    lines: Annotated[tuple[InvoicedLine, ...], Field(min_length=1, max_length=LINES_MAX)]


class RebateCaseView(Words):
    """An order's export rebate: what is there, what is missing, what is given and taken back."""

    case_id: Id
    order_id: Id
    order_no: ShortText
    seller_id: Id
    missing: Annotated[tuple[ShortText, ...], Field(max_length=4)]
    amount: MoneyWords | None
    repaid: MoneyWords | None
    evidenced_at: Moment | None
    version: Version


class ReimportedLine(Words):
    """How many pieces of one line are back."""

    line_no: LineNo
    quantity: Quantity


class TakeBackExport(Words):
    """Exported goods are back in the country."""

    order_id: Id
    lines: Annotated[tuple[ReimportedLine, ...], Field(min_length=1, max_length=LINES_MAX)]
    arrived_at: AskedMoment
    is_original: bool


class ReimportView(Words):
    """Whether import tax is waived, and what of the rebate is to be repaid."""

    order_id: Id
    import_tax: Literal["waived", "levied"]
    reason: ShortText | None
    repaid: MoneyWords


class ClaimDrawback(Words):
    """Claim duty back: paid by this receipt, for goods that left by this declaration or K2."""

    scheme: Literal["drawback.as-is", "drawback.manufacture"]
    declaration_id: Id
    receipt_no: ShortText
    duty_paid_minor: Amount
    currency: Currency
    paid_on: Day
    exported_on: Day


class GiveDrawbackNotice(Words):
    """Say on an export declaration or K2, before its goods leave, that duty will be claimed."""

    declaration_id: Id


class DrawbackNoticeView(Words):
    """Whose notice stands on which export declaration, since when."""

    declaration_id: Id
    seller_id: Id
    given_at: Moment


class DrawbackClaimView(Words):
    """What became of a claim; `reason` is a code when it is refused."""

    case_id: Id
    granted: bool
    amount: MoneyWords
    reason: ShortText | None
    basis: BasisView
