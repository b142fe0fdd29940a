"""What payments knows of an order: its amounts, its lines and its parcels.

Facts arrive in any order and from both hubs; each is kept. What they add up to is said in
`progress.py`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.payments.domain.line import LineAmount, LineEnd, OrderLine, allocate
from services.payments.domain.rules import Percentage
from shared.kernel.errors import Rejected

NOT_SHIPPED = "not-shipped"
NOT_DELIVERED = "not-delivered"
PARCEL_LOST = "parcel-lost"


class TaxCurrencyDiffers(Rejected):
    """A tax bill must be in the currency of the order's escrow; nothing is released on it."""

    code = "payments.tax-currency-differs"


class LineNotKnown(Rejected):
    """A parcel, return or refund names a line that its order does not have."""

    code = "payments.line-not-known"


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
    lines: tuple[OrderLine, ...] = ()
    """Blank for orders that were placed before lines were kept: they go on as one."""
    commissioned_minor: int = 0
    """Goods that are kept and on which commission was taken: all of them once it is released."""

    @property
    def goods_kept_minor(self) -> int:
        return self.goods_minor - self.goods_refunded_minor

    @property
    def tax_expected_minor(self) -> int:
        """Tax the buyer paid on which no bill has come yet and that went back with no line."""
        gone = sum(
            max(0, line.refunded_minor - share)
            for line, share in zip(self.lines, self._besides_tax(), strict=True)
            if line.end == LineEnd.GIVEN_BACK.value
        )
        return max(0, self.tax_minor - self.tax_booked_minor - gone)

    def without_goods(self, goods_minor: int) -> "OrderMoney":
        """Return the order when these goods are not kept either; the least commissioned go first.

        Commission taken or given back is always a difference of two commissions on
        `commissioned_minor`, so any row of part releases and refunds gives the same total.
        """
        refunded = self.goods_refunded_minor + goods_minor
        return replace(
            self,
            goods_refunded_minor=refunded,
            commissioned_minor=min(self.commissioned_minor, max(0, self.goods_minor - refunded)),
        )

    def with_commission_on(self, goods_minor: int) -> "OrderMoney":
        """Return the order when commission is taken on so many more of the goods that are kept."""
        commissioned = min(self.commissioned_minor + goods_minor, max(0, self.goods_kept_minor))
        return replace(self, commissioned_minor=max(self.commissioned_minor, commissioned))

    def commission_to(self, other: "OrderMoney", rate: Percentage) -> int:
        """Return the commission taken between this and a later state, below zero if given back."""
        return rate.of(other.commissioned_minor) - rate.of(self.commissioned_minor)

    def shares(self) -> tuple[tuple[int, int], ...]:
        """Return each line's number with its share of all that was paid: nothing more goes back."""
        tax = allocate(self.tax_minor, [line.goods_minor for line in self.lines])
        return tuple(
            (line.no, share + part)
            for line, share, part in zip(self.lines, self._besides_tax(), tax, strict=True)
        )

    def refund_of(self, lines: Collection[int], amount_minor: int | None) -> tuple[LineAmount, ...]:
        """Share an amount, or all that is left, among lines by what each has left to give back.

        Raises LineNotKnown.
        """
        wanted = sorted({self.line(no) for no in lines})
        shares = dict(self.shares())
        left = [max(0, shares[line.no] - line.refunded_minor) for line in wanted]
        amounts = left if amount_minor is None else allocate(amount_minor, left)
        return tuple(map(LineAmount, (line.no for line in wanted), amounts))

    def claims(self) -> dict[int, int]:
        """Return what each held line may still claim of the escrow besides tax, by its number."""
        return {
            line.no: max(0, share - line.refunded_minor)
            for line, share in zip(self.lines, self._besides_tax(), strict=True)
            if line.is_held
        }

    def _besides_tax(self) -> list[int]:
        weights = [line.goods_minor for line in self.lines]
        return allocate(self.paid_minor - self.tax_minor, weights)

    def line(self, no: int) -> OrderLine:
        """Return one line, or raise LineNotKnown."""
        for line in self.lines:
            if line.no == no:
                return line
        raise LineNotKnown(f"the order has no line {no}", order_id=self.id, field="lines")


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
    tax_relieved_minor: int = 0
    """What the buyer paid as tax for pieces that did not arrive in it."""
    sent_back_reason: str = ""
    lost_at: datetime | None = None
    insured_minor: int = 0
    insured_currency: str = ""
    lines: tuple[int, ...] = ()
    """The lines of the order that it carries; blank when nobody said."""
    is_booked: bool = False
    """Whether its booking was heard: before that nobody knows what it carries."""
    is_taken: bool = False
    """Whether its lines were released already, though the order was not."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen to it: handed over and cleared, lost, or going home."""
        has_arrived = self.delivered_at is not None and self.cleared_at is not None
        is_gone = self.is_cancelled or self.lost_at is not None or bool(self.sent_back_reason)
        return has_arrived or is_gone


def returned_amounts(
    order: OrderMoney, pieces: Sequence[tuple[int, int]], amount_minor: int
) -> tuple[LineAmount, ...]:
    """Share a return's refund among its lines by what the returned pieces cost, no line beyond
    what it has left. `pieces` are line numbers and quantities; raises LineNotKnown."""
    if not order.lines:
        return ()
    lines = [(order.line(no), quantity) for no, quantity in pieces]
    weights = [line.goods_minor * quantity // line.quantity for line, quantity in lines]
    shares = dict(order.shares())
    parts = zip(lines, allocate(amount_minor, weights), strict=True)
    return tuple(
        LineAmount(line.no, min(part, max(0, shares[line.no] - line.refunded_minor)))
        for (line, _), part in parts
    )


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
