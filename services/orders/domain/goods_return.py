"""Goods on their way back: what was asked, who allowed it, what came, and what was paid for it.

    requested -> approved -> in-transit -> received -> inspected -> customs-confirmed -> refunded
    requested, approved, in-transit -> rejected | withdrawn      inspected, ... -> rejected

Orders, customs and payments each tell their part, late and in any order. So a return keeps what is
known and works its state out from it, as an order does.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.orders.domain.return_terms import GradedLine, ReturnLine, Terms
from shared.kernel.errors import Conflict
from shared.kernel.money import Money


class ReturnState(StrEnum):
    """How far a return is."""

    REQUESTED = "requested"
    APPROVED = "approved"
    IN_TRANSIT = "in-transit"
    RECEIVED = "received"
    INSPECTED = "inspected"
    CUSTOMS_CONFIRMED = "customs-confirmed"
    REFUNDED = "refunded"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """How a return ends."""

    REFUNDED = "refunded"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


S = ReturnState
OPEN = frozenset(set(S) - {S.REFUNDED, S.REJECTED, S.WITHDRAWN})


class ReturnNotThere(Conflict):
    """The return is not at the point where this can be done; `state` says where it is."""

    code = "orders.return-in-other-state"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Whether the goods may come, and who said so: the rules, the seller, or its silence."""

    approved: bool
    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What was found when the parcel was opened, and what the buyer gets for it."""

    condition: str
    goods_refund: Money | None
    at: datetime
    lines: tuple[GradedLine, ...] = ()
    """The grades, at the buyer's hub only."""


@dataclass(frozen=True, kw_only=True)
class TaxAnswer:
    """What customs said: how much tax comes back, or why none."""

    returned: Money | None
    reason: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class GoodsReturn:
    """One return; at the seller's hub a replica, which holds nothing of the person either."""

    id: str
    order_id: str
    order_no: str
    logistics_no: str
    marketplace_id: str
    seller_id: str
    seller_hub: str
    buyer_hub: str
    lines: tuple[ReturnLine, ...]
    reason: str
    requested_at: datetime
    terms: Terms | None = None
    """The country's windows, at the buyer's hub only."""
    answer: Answer | None = None
    sent_at: datetime | None = None
    tracking_no: str = ""
    received_at: datetime | None = None
    inspection: Inspection | None = None
    tax: TaxAnswer | None = None
    refunded: Money | None = None
    outcome: Outcome | None = None
    outcome_reason: str = ""
    due_at: datetime | None = None
    """When silence decides, or when the hub has to look why nothing happens."""
    version: int = 1

    @property
    def state(self) -> ReturnState:
        """Work out the state from what is known; the furthest counts."""
        if self.outcome is not None:
            return ReturnState(self.outcome.value)
        reached = (
            (S.CUSTOMS_CONFIRMED, self.inspection is not None and self.tax is not None),
            (S.INSPECTED, self.inspection is not None),
            (S.RECEIVED, self.received_at is not None),
            (S.IN_TRANSIT, self.sent_at is not None),
            (S.APPROVED, self.answer is not None and self.answer.approved),
        )
        return next((state for state, holds in reached if holds), S.REQUESTED)

    @property
    def due(self) -> Money | None:
        """What the buyer is owed: the goods as inspected, and the tax that customs gives back."""
        if self.inspection is None or self.tax is None:
            return None
        parts = [part for part in (self.inspection.goods_refund, self.tax.returned) if part]
        return sum(parts[1:], parts[0]) if parts else None

    @property
    def is_paid(self) -> bool:
        """Whether payments has given back all that is due."""
        return self.due is not None and self.refunded is not None and self.due <= self.refunded

    def check(self, *states: ReturnState) -> None:
        """Raise ReturnNotThere unless the return is in one of these states."""
        if self.state not in states:
            raise ReturnNotThere(f"the return is {self.state}", state=self.state.value)

    def answered(self, answer: Answer, *, due_at: datetime | None) -> "GoodsReturn":
        """Return it allowed to come, or at its end."""
        self.check(S.REQUESTED)
        moved = self._moved(answer=answer, due_at=due_at)
        if answer.approved:
            return moved
        return moved.closed(Outcome.REJECTED, f"refused-by-{answer.by}")

    def sent(self, tracking_no: str, *, at: datetime) -> "GoodsReturn":
        """Return it handed to a carrier."""
        self.check(S.APPROVED)
        return self._moved(sent_at=at, tracking_no=tracking_no)

    def arrived(self, *, at: datetime) -> "GoodsReturn":
        """Return it at the hub; a buyer may bring it without telling the carrier."""
        self.check(S.APPROVED, S.IN_TRANSIT)
        return self._moved(received_at=at)

    def inspected(self, found: Inspection, *, due_at: datetime) -> "GoodsReturn":
        """Return it opened and graded; customs and payments have until `due_at` to do theirs."""
        self.check(S.RECEIVED)
        return self._moved(inspection=found, due_at=due_at)

    def taxed(self, answer: TaxAnswer) -> "GoodsReturn":
        """Return it with what customs decided; the first answer stands."""
        return self if self.tax is not None else self._moved(tax=answer)

    def paid(self, amount: Money) -> "GoodsReturn":
        """Return it with so much more given back to the buyer."""
        so_far = amount if self.refunded is None else self.refunded + amount
        return self._moved(refunded=so_far)

    def settled(self) -> "GoodsReturn":
        """Return it closed when nothing is left to do, else as it is."""
        if self.state not in OPEN or self.inspection is None or self.tax is None:
            return self
        if self.due is None:
            return self.closed(Outcome.REJECTED, self.inspection.condition)
        return self.closed(Outcome.REFUNDED, self.reason) if self.is_paid else self

    def withdrawn(self, reason: str) -> "GoodsReturn":
        """Return it called off by the buyer, while the goods are not back."""
        self.check(S.REQUESTED, S.APPROVED, S.IN_TRANSIT)
        return self.closed(Outcome.WITHDRAWN, reason)

    def looked_at(self) -> "GoodsReturn":
        """Return it without a deadline: a complaint before the hub has one of its own."""
        return self._moved(due_at=None)

    def closed(self, outcome: Outcome, reason: str) -> "GoodsReturn":
        """Return it at its end."""
        self.check(*OPEN)
        return self._moved(outcome=outcome, outcome_reason=reason, due_at=None)

    def _moved(self, **changes: object) -> "GoodsReturn":
        return replace(self, version=self.version + 1, **changes)  # type: ignore[arg-type]
