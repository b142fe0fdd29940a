"""What can happen to an order, which of its two hubs may say so, and how far a parcel is then.

A fact arrives as an event of this hub or of the other one. Who may say it follows from the trade:
the seller's hub packs and exports, the buyer's hub takes the money, clears and delivers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from shared.kernel.errors import Forbidden


class FactKind(StrEnum):
    """One word per thing that can stand in a timeline."""

    ORDER_PLACED = "order-placed"
    ORDER_AMENDED = "order-amended"
    ORDER_CANCELLED = "order-cancelled"
    PAYMENT_CAPTURED = "payment-captured"
    PAYMENT_REFUNDED = "payment-refunded"
    PROCEEDS_RELEASED = "proceeds-released"
    PRE_CLEARANCE_ANSWERED = "pre-clearance-answered"
    PARCEL_BOOKED = "parcel-booked"
    PARCEL_CANCELLED = "parcel-cancelled"
    PARCEL_SEALED = "parcel-sealed"
    EXPORT_RELEASED = "export-released"
    PARCEL_DEPARTED = "parcel-departed"
    DECLARATION_RETURNED = "declaration-returned"
    DECLARATION_ACCEPTED = "declaration-accepted"
    DECLARATION_RELEASED = "declaration-released"
    DECLARATION_SENT_BACK = "declaration-sent-back"
    PARCEL_ARRIVED = "parcel-arrived"
    PARCEL_TRACKED = "parcel-tracked"
    PARCEL_DELIVERED = "parcel-delivered"
    RETURN_REQUESTED = "return-requested"
    RETURN_ANSWERED = "return-answered"
    RETURN_RECEIVED = "return-received"
    RETURN_TAX_ACCEPTED = "return-tax-accepted"
    RETURN_TAX_REFUSED = "return-tax-refused"
    RETURN_CLOSED = "return-closed"
    GOODWILL_GRANTED = "goodwill-granted"
    COMPLAINT_OPENED = "complaint-opened"
    COMPLAINT_ANSWERED = "complaint-answered"
    COMPLAINT_MOVED = "complaint-moved"
    COMPLAINT_CLOSED = "complaint-closed"
    RECALL_NOTICED = "recall-noticed"


SELLERS_HUB_SAYS = frozenset(
    {
        FactKind.PRE_CLEARANCE_ANSWERED,
        FactKind.PARCEL_BOOKED,
        FactKind.PARCEL_CANCELLED,
        FactKind.PARCEL_SEALED,
        FactKind.EXPORT_RELEASED,
        FactKind.PARCEL_DEPARTED,
        FactKind.COMPLAINT_ANSWERED,
    }
)
"""Every other kind is the buyer's hub's to say."""

EITHER_SAYS = frozenset({FactKind.RETURN_ANSWERED})
"""The rules answer at the buyer's hub, the seller at its own."""


class Stage(IntEnum):
    """How far one parcel is. The largest heard wins, so the order of hearing does not matter.

    A parcel that departed was not cancelled, whatever was said.
    """

    BOOKED = 1
    CANCELLED = 2
    DEPARTED = 3
    CLEARED = 4
    DELIVERED = 5
    SENT_BACK = 6


STAGES: Mapping[FactKind, Stage] = {
    FactKind.PARCEL_BOOKED: Stage.BOOKED,
    FactKind.PARCEL_CANCELLED: Stage.CANCELLED,
    FactKind.PARCEL_DEPARTED: Stage.DEPARTED,
    FactKind.DECLARATION_RELEASED: Stage.CLEARED,
    FactKind.PARCEL_DELIVERED: Stage.DELIVERED,
    FactKind.DECLARATION_SENT_BACK: Stage.SENT_BACK,
}
"""Where a fact puts its parcel; the other kinds move none."""


class NotTheirFact(Forbidden):
    """A hub said something about an order that only the other party's hub can know."""

    code = "orders.not-their-fact"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing that happened to one order. `detail` holds codes and numbers, nothing personal."""

    kind: FactKind
    order_id: str
    hub: str
    event_id: str
    occurred_at: datetime
    logistics_no: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)

    def check_speaker(self, *, buyer_hub: str, seller_hub: str) -> None:
        """Raise NotTheirFact unless the hub that said it is the one that can know."""
        knows = {seller_hub if self.kind in SELLERS_HUB_SAYS else buyer_hub}
        if self.kind in EITHER_SAYS:
            knows = {buyer_hub, seller_hub}
        if self.hub not in knows:
            raise NotTheirFact(
                f"{self.hub} can't say {self.kind} of this order", order_id=self.order_id
            )
