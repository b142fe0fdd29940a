"""An order and its state, which follows from what is known: placed, cancelled, paid, its parcels.

    placed -> paid -> packed -> shipped -> cleared -> delivered
    placed, paid, packed -> cancelled        every parcel sent back by customs -> returned

Facts come from two hubs and several services, late and in any order. So the state is not moved
from fact to fact but worked out from all of them: the same facts give the same state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from services.orders.domain.draft import Amounts, Line
from services.orders.domain.facts import STAGES, Fact, FactKind, Stage
from shared.kernel.errors import Conflict


class OrderState(StrEnum):
    """Where an order is; a parcel not yet shipped holds the whole order back."""

    PLACED = "placed"
    PAID = "paid"
    PACKED = "packed"
    SHIPPED = "shipped"
    CLEARED = "cleared"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"


AMENDABLE = frozenset({OrderState.PLACED, OrderState.PAID})
CANCELLABLE = frozenset({OrderState.PLACED, OrderState.PAID, OrderState.PACKED})

STATE_AT: Mapping[Stage, OrderState] = {
    Stage.BOOKED: OrderState.PACKED,
    Stage.DEPARTED: OrderState.SHIPPED,
    Stage.CLEARED: OrderState.CLEARED,
    Stage.DELIVERED: OrderState.DELIVERED,
}
"""The state of an order whose hindmost parcel is at that stage."""


class OrderNotCancellable(Conflict):
    """What has left the country, or is cancelled already, can't be cancelled."""

    code = "orders.not-cancellable"
    help = "Once shipped, an order ends by delivery or by return."


class OrderNotAmendable(Conflict):
    """What is packed, or over, stays as it was ordered."""

    code = "orders.not-amendable"
    help = "Once packed, cancel the order before it is shipped and place it anew."


@dataclass(frozen=True, kw_only=True)
class Order:
    """One order as this hub keeps it; `version` counts the changes of its state.

    At the seller's hub it is a replica: `buyer_token` stands for the buyer and nothing else does.
    """

    id: str
    platform_code: str
    order_no: str
    marketplace_id: str
    seller_id: str
    seller_hub: str
    buyer_hub: str
    channel: str
    amounts: Amounts
    lines: Sequence[Line]
    placed_at: datetime
    buyer_token: str = ""
    paid: bool = False
    cancelled_for: str = ""
    parcels: Mapping[str, Stage] = field(default_factory=dict)
    amendment: int = 0
    """How often what was ordered has been corrected."""
    version: int = 1

    @property
    def state(self) -> OrderState:
        """Work out the state from what is known."""
        if self.cancelled_for:
            return OrderState.CANCELLED
        travelling = [stage for stage in self.parcels.values() if stage in STATE_AT]
        if travelling:
            return STATE_AT[min(travelling)]
        if Stage.SENT_BACK in self.parcels.values():
            return OrderState.RETURNED
        return OrderState.PAID if self.paid else OrderState.PLACED

    def after(self, fact: Fact) -> "Order":
        """Return the order as it is once the fact is known; a fact known already changes nothing.

        A cancelled order goes on noting how far its parcels are, but stays cancelled.
        """
        changed = self
        if fact.kind is FactKind.PAYMENT_CAPTURED:
            changed = replace(self, paid=True)
        elif fact.kind is FactKind.ORDER_CANCELLED:
            changed = replace(self, cancelled_for=self.cancelled_for or fact.detail["reason"])
        elif fact.kind in STAGES:
            stage = max(STAGES[fact.kind], self.parcels.get(fact.logistics_no, Stage.BOOKED))
            changed = replace(self, parcels={**self.parcels, fact.logistics_no: stage})
        return replace(changed, version=self.version + (changed.state is not self.state))

    def amended(self, lines: Sequence[Line]) -> "Order":
        """Return the order with these lines as its next amendment, or raise OrderNotAmendable."""
        self.check_amendable()
        return self.with_lines(lines, amendment=self.amendment + 1)

    def with_lines(self, lines: Sequence[Line], *, amendment: int) -> "Order":
        """Return the order as that amendment left it."""
        return replace(self, lines=lines, amendment=amendment, version=self.version + 1)

    def check_amendable(self) -> None:
        """Raise OrderNotAmendable unless nobody has packed anything yet."""
        if self.state not in AMENDABLE:
            raise OrderNotAmendable(
                f"order {self.order_no} is {self.state}", state=self.state.value
            )

    def check_cancellable(self) -> None:
        """Raise OrderNotCancellable unless nothing has left yet."""
        if self.state not in CANCELLABLE:
            raise OrderNotCancellable(
                f"order {self.order_no} is {self.state}", state=self.state.value
            )
