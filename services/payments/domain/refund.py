"""One refund of a payment: asked for, then confirmed by the provider."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RefundState(StrEnum):
    REQUESTED = "requested"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Amounts in minor units of the payment's currency; `reason` is a stable code."""

    id: str
    payment_id: str
    order_id: str
    provider: str
    currency: str
    amount_minor: int
    reason: str
    state: RefundState
    requested_at: datetime
    confirmed_at: datetime | None = None
