"""One dispute about a payment: a buyer's bank or a complaint puts it in question.

open ─ lose ────> lost        the buyer's bank took the money back
  ├─── win ─────> won         the seller's evidence was accepted
  ├─── withdraw > withdrawn
  └─── (silence until due_at) counts as lost for a chargeback, as withdrawn for a complaint

An open dispute stops the order's release. It stops nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DisputeKind(StrEnum):
    CHARGEBACK = "chargeback"
    COMPLAINT = "complaint"


class DisputeState(StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """Amount in minor units of the payment's currency; `reason` is a stable code."""

    id: str
    payment_id: str
    order_id: str
    kind: DisputeKind
    currency: str
    amount_minor: int
    reason: str
    state: DisputeState
    opened_at: datetime
    due_at: datetime
    ended_at: datetime | None = None


ON_SILENCE: Mapping[DisputeKind, DisputeState] = {
    DisputeKind.CHARGEBACK: DisputeState.LOST,
    DisputeKind.COMPLAINT: DisputeState.WITHDRAWN,
}
"""How a dispute ends when nobody rules on it in time."""
