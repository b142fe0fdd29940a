"""A recall: a seller calls goods back, and each buyer's hub tells its own buyers.

The seller's hub learns how many orders were concerned at a hub and never whose they were.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.orders.domain.order import Order, OrderState
from shared.kernel.errors import Rejected

TOLD_PER_ROUND = 500
"""Orders looked at in one transaction; a round that was full is followed by another."""


class RecallPeriodEmpty(Rejected):
    """A recall covers orders from one moment until before a later one."""

    code = "orders.recall-period-empty"


@dataclass(frozen=True, kw_only=True)
class Recall:
    """One recall, at the seller's hub and at each buyer's hub that heard of it."""

    id: str
    seller_id: str
    seller_hub: str
    sku: str
    batch: str
    ordered_from: datetime
    ordered_until: datetime
    hazard: str
    remedy: str
    recalled_at: datetime
    cursor: str = ""
    """The last order looked at here."""
    told: int = 0
    done_at: datetime | None = None
    told_by_hub: Mapping[str, int] = field(default_factory=dict)
    """At the seller's hub: how many orders each buyer's hub has told."""

    def check(self) -> None:
        """Raise RecallPeriodEmpty for a period that holds no moment."""
        if self.ordered_until <= self.ordered_from:
            raise RecallPeriodEmpty("ends before it begins", field="ordered_until")

    def concerns(self, order: Order) -> bool:
        """Whether an order of the seller holds recalled goods that the buyer may have."""
        called_off = order.state in {OrderState.CANCELLED, OrderState.RETURNED}
        return not called_off and any(line.sku == self.sku for line in order.lines)

    def after_round(self, *, cursor: str, told: int, full: bool, now: datetime) -> "Recall":
        """Return it after one round of telling; done when the round was not full."""
        return replace(self, cursor=cursor, told=self.told + told, done_at=None if full else now)
