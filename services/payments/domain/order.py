"""What payments knows of an order: its amounts, its parcels, and when its escrow may go on.

Facts arrive in any order and from both hubs; each is kept, and `next_step` says what they add up
to. An order is released once every parcel known of it is delivered and cleared by customs, the
buyer's time to look at it is over, and nobody disputes its payment. What never gets so far ends at
a deadline, under a name: `not-shipped` or `not-delivered`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.payments.domain.rules import Percentage
from shared.kernel.errors import Rejected

NOT_SHIPPED = "not-shipped"
NOT_DELIVERED = "not-delivered"
PARCEL_LOST = "parcel-lost"


class TaxCurrencyDiffers(Rejected):
    """A tax bill must be in the currency of the order's escrow; nothing is released on it."""

    code = "payments.tax-currency-differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoney:
    """One order as its money sees it; `version` counts the money events said about it."""

    id: str
    order_no: str
    marketplace_id: str
    seller_id: str
    seller_hub: str
    buyer_hub: str
    currency: str
    goods_minor: int
    tax_minor: int
    paid_minor: int
    payment_id: str = ""
    cancelled_reason: str = ""
    is_released: bool = False
    version: int = 0
    goods_refunded_minor: int = 0
    tax_booked_minor: int = 0
    dispute_id: str = ""
    captured_at: datetime | None = None

    @property
    def goods_kept_minor(self) -> int:
        return self.goods_minor - self.goods_refunded_minor

    def commission_on(self, goods_minor: int, rate: Percentage) -> int:
        """Return how much commission falls away when these goods are not kept either.

        A difference of two commissions, so that any row of part refunds gives the same total.
        """
        return rate.of(self.goods_kept_minor) - rate.of(self.goods_kept_minor - goods_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderParcel:
    """What is known of one parcel of an order; the tax bill comes with the clearance."""

    order_id: str
    logistics_no: str
    is_cancelled: bool = False
    delivered_at: datetime | None = None
    cleared_at: datetime | None = None
    tax_minor: int = 0
    tax_currency: str = ""
    tax_bill_no: str = ""
    sent_back_reason: str = ""
    lost_at: datetime | None = None
    insured_minor: int = 0
    insured_currency: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen to it: handed over and cleared, lost, or going home."""
        has_arrived = self.delivered_at is not None and self.cleared_at is not None
        is_gone = self.is_cancelled or self.lost_at is not None or bool(self.sent_back_reason)
        return has_arrived or is_gone


class NextStep(StrEnum):
    """What the facts about an order ask for."""

    WAIT = "wait"
    RELEASE = "release"
    GIVE_BACK = "give-back"


def next_step(
    order: OrderMoney, parcels: Sequence[OrderParcel], *, now: datetime, inspection: timedelta
) -> NextStep:
    """Say what is to be done with the order's money, given all that is known of its parcels."""
    if order.is_released or order.dispute_id:
        return NextStep.WAIT
    if order.cancelled_reason:
        return NextStep.GIVE_BACK
    if not parcels or not all(parcel.is_settled for parcel in parcels):
        return NextStep.WAIT
    delivered = [parcel.delivered_at for parcel in parcels if parcel.delivered_at is not None]
    if delivered:
        return NextStep.RELEASE if now >= max(delivered) + inspection else NextStep.WAIT
    if any(parcel.sent_back_reason or parcel.lost_at is not None for parcel in parcels):
        return NextStep.GIVE_BACK
    return NextStep.WAIT


def give_back_reason(order: OrderMoney, parcels: Sequence[OrderParcel]) -> str:
    """Return the stable code that says why the buyer gets the money back."""
    sent_back = next((p.sent_back_reason for p in parcels if p.sent_back_reason), "")
    return order.cancelled_reason or sent_back or PARCEL_LOST


def insured(order: OrderMoney, parcels: Sequence[OrderParcel]) -> int:
    """Return what insurers owe for the order's lost parcels, at most what it cost less tax.

    Only what is owed in the order's currency: other money settles between seller and insurer,
    and is never taken for as many of the order's own minor units. The tax bills of lost parcels
    come on top: whoever insures a parcel insures its tax.
    """
    lost = [
        parcel
        for parcel in parcels
        if parcel.lost_at is not None
        and parcel.insured_minor
        and parcel.insured_currency == order.currency
    ]
    covered = min(sum(p.insured_minor for p in lost), order.paid_minor - order.tax_minor)
    bills = sum(p.tax_minor for p in lost if p.tax_currency == order.currency)
    return covered + bills


def tax_due(order: OrderMoney, parcels: Sequence[OrderParcel]) -> int:
    """Return the sum of the order's tax bills in minor units, or raise TaxCurrencyDiffers."""
    bills = [parcel for parcel in parcels if parcel.cleared_at is not None]
    if any(bill.tax_currency != order.currency for bill in bills):
        raise TaxCurrencyDiffers(
            "a tax bill is in another currency than its order", order_id=order.id
        )
    return sum(bill.tax_minor for bill in bills)


def clearance_moment(parcels: Sequence[OrderParcel]) -> datetime:
    """Return when the last parcel was cleared: it decides the tax period."""
    return max(parcel.cleared_at for parcel in parcels if parcel.cleared_at is not None)
