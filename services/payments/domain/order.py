"""What payments knows of an order: its amounts, its parcels, and when its escrow may go on.

Facts arrive in any order and from both hubs; each is kept, and `next_step` says what they add up
to. An order is released once every parcel known of it is delivered and cleared by customs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.kernel.errors import Rejected


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

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen to it: handed over and cleared, or going home."""
        has_arrived = self.delivered_at is not None and self.cleared_at is not None
        return has_arrived or self.is_cancelled or bool(self.sent_back_reason)


class NextStep(StrEnum):
    """What the facts about an order ask for."""

    WAIT = "wait"
    RELEASE = "release"
    GIVE_BACK = "give-back"


def next_step(order: OrderMoney, parcels: Sequence[OrderParcel]) -> NextStep:
    """Say what is to be done with the order's money, given all that is known of its parcels."""
    if order.is_released:
        return NextStep.WAIT
    if order.cancelled_reason:
        return NextStep.GIVE_BACK
    if not parcels or not all(parcel.is_settled for parcel in parcels):
        return NextStep.WAIT
    if any(parcel.delivered_at is not None for parcel in parcels):
        return NextStep.RELEASE
    if any(parcel.sent_back_reason for parcel in parcels):
        return NextStep.GIVE_BACK
    return NextStep.WAIT


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
