"""Whether an order may be packed: what this hub heard about it, in whatever order it came."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from shared.kernel.errors import Conflict, NotFound, Rejected
from shared.kernel.money import Money

RETRY_AFTER_S = 5
"""News of an order, its pre-clearance and its payment come within seconds of one another."""


class OrderNotKnown(NotFound):
    """This hub has not heard of the order (yet), or the caller is neither seller nor platform."""

    code = "logistics.order-not-known"
    help = "If the order was placed just now, try again in a few seconds with a new key."


class LineNotOrdered(Rejected):
    """A parcel carries lines of its order; this one names another."""

    code = "logistics.line-not-ordered"
    help = "Name lines by the numbers they have in the order, or none at all."


class OrderCalledOff(Conflict):
    """The order was cancelled; nothing is packed for it."""

    code = "logistics.order-cancelled"


class NotPreCleared(Conflict):
    """Customs has not answered yet whether the destination would accept the order."""

    code = "logistics.not-pre-cleared"
    help = "Try again in a few seconds; the answer is on its way from customs."


class PreClearanceRefused(Rejected):
    """The destination's rules refuse the order; `findings` are in customs' pre-clearance."""

    code = "logistics.pre-clearance-refused"
    help = "Read the findings under customs' pre-clearances and correct the order."


class NotPaid(Conflict):
    """The buyer's money for the order is not in escrow, or was given back."""

    code = "logistics.not-paid"
    help = "Try again once the payment is captured at the buyer's hub."


class Verdict(StrEnum):
    """What customs answered before packing."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class GoodsLine:
    """One kind of goods of an order, as a bill names it; its price is nobody's business here."""

    description: str
    hs_code: str
    origin: str
    quantity: int
    net_g: int
    line_no: int = 0
    """Zero where it was heard before line numbers were kept."""


@dataclass(frozen=True, kw_only=True)
class HeardOrder:
    """What this hub holds of an order sold here; blank parties until the order itself came."""

    order_id: str
    order_no: str = ""
    seller_id: str = ""
    marketplace_id: str = ""
    seller_hub: str = ""
    buyer_hub: str = ""
    verdict: Verdict | None = None
    captured: Money | None = None
    refunded: Money | None = None
    cancelled: bool = False
    goods: tuple[GoodsLine, ...] = ()

    @property
    def known(self) -> bool:
        return self.seller_id != ""

    def sold_by(self, member_id: str, *, hub: str) -> bool:
        """Say whether this order is sold at `hub` and the member is its seller or platform."""
        return (
            self.known
            and self.seller_hub == hub
            and member_id in {self.seller_id, self.marketplace_id}
        )

    @property
    def paid(self) -> bool:
        """Say whether some of the buyer's money is still there for this order."""
        if self.captured is None:
            return False
        return self.refunded is None or self.refunded < self.captured

    def gave_back(self, amount: Money) -> "HeardOrder":
        """Return it with this much more refunded."""
        before = Money(0, amount.currency) if self.refunded is None else self.refunded
        return replace(self, refunded=before + amount)

    def check_lines(self, lines: Sequence[int]) -> None:
        """Raise LineNotOrdered for a line that the order does not have."""
        known = {each.line_no for each in self.goods}
        for no in lines:
            if known and not known & {no, 0}:
                raise LineNotOrdered(f"order {self.order_no} has no line {no}", field="lines")

    def check_bookable(self) -> None:
        """Raise the first reason why no parcel may be booked: called off, rules, money."""
        if self.cancelled:
            raise OrderCalledOff(f"order {self.order_no} was cancelled", order_no=self.order_no)
        if self.verdict is None:
            raise NotPreCleared(
                f"order {self.order_no} is not pre-cleared yet", retry_after_s=RETRY_AFTER_S
            )
        if self.verdict is Verdict.REFUSED:
            raise PreClearanceRefused(
                f"the destination refuses order {self.order_no}", order_id=self.order_id
            )
        if not self.paid:
            raise NotPaid(f"order {self.order_no} is not paid", retry_after_s=RETRY_AFTER_S)
