"""What decisions tell the world, in the ledger's own words; amounts in minor units.

`usecases/say.py` turns them into events. The domain knows no wire format.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Captured(NamedTuple):
    """The buyer's money is in the order's escrow."""

    payment_id: str
    pay_transaction_id: str
    order_id: str
    order_no: str
    seller_hub: str
    currency: str
    amount: int
    payer_id_number: str | None
    payer_name: str | None
    captured_at: datetime
    version: int


class Refunded(NamedTuple):
    """The provider confirmed that the buyer has the money back."""

    payment_id: str
    order_id: str
    order_no: str
    seller_hub: str
    currency: str
    amount: int
    reason: str
    version: int
    return_id: str = ""


class Released(NamedTuple):
    """The order's escrow went to the authority, to the hub and towards the seller."""

    order_id: str
    order_no: str
    seller_id: str
    creditor_hub: str
    currency: str
    amount: int
    commission: int
    tax: int
    transfer_id: str
    version: int
    obligation_no: int | None = None
    lines: tuple[int, ...] = ()
    """The lines it is for, while others are still held."""


class Reclaimed(NamedTuple):
    """The buyer's hub takes back what the seller's hub was owed, or had already received."""

    order_id: str
    order_no: str
    seller_id: str
    debtor_hub: str
    currency: str
    amount: int
    reason: str
    transfer_id: str
    version: int
    obligation_no: int | None = None


class Exchanged(NamedTuple):
    """A seller took a quote."""

    quote_id: str
    seller_id: str
    source_currency: str
    source: int
    target_currency: str
    target: int
    fee: int
    rate: str
    provider: str


class PaidOut(NamedTuple):
    """The bank confirmed a payout."""

    payout_id: str
    seller_id: str
    currency: str
    amount: int
    bank_reference: str
    sent_at: datetime


class PayoutReturned(NamedTuple):
    """The bank refused a payout; the seller has the money available again."""

    payout_id: str
    seller_id: str
    currency: str
    amount: int
    reason: str


class TaxDue(NamedTuple):
    """A tax bill is payable to its authority."""

    order_id: str
    logistics_no: str
    bill_no: str
    authority: str
    period: str
    currency: str
    amount: int
    version: int


class TaxRemitted(NamedTuple):
    """A period's tax was paid to its authority."""

    return_id: str
    authority: str
    period: str
    currency: str
    amount: int
    remitted_at: datetime


class Disbursed(NamedTuple):
    """A seller has an advance."""

    advance_id: str
    seller_id: str
    currency: str
    amount: int
    fee: int
    at: datetime


class Repaid(NamedTuple):
    """Part or all of an advance came back."""

    advance_id: str
    seller_id: str
    currency: str
    amount: int
    left: int
    at: datetime


class RebateStep(StrEnum):
    """What happened to the money of a rebate."""

    CLAIMED = "claimed"
    PAID = "paid"
    REPAID = "repaid"


class RebateMoved(NamedTuple):
    """A rebate was claimed, paid, or repaid after it was clawed back."""

    step: RebateStep
    case_id: str
    seller_id: str
    currency: str
    amount: int
    at: datetime


class WindowPaid(NamedTuple):
    """Our bank has sent what a window came to."""

    window_id: str
    debtor: str
    creditor: str
    window_no: int
    currency: str
    net: int
    sheet_sha256: str
    settled_at: datetime


Fact = (
    Captured
    | Refunded
    | Released
    | Reclaimed
    | Exchanged
    | PaidOut
    | PayoutReturned
    | TaxDue
    | TaxRemitted
    | Disbursed
    | Repaid
    | RebateMoved
    | WindowPaid
)
