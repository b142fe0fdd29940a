"""One refund of a payment: asked for, then confirmed by the provider, or taken over by a
chargeback."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RefundState(StrEnum):
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Amounts in minor units of the payment's currency; `reason` is a stable code.

    `voided_minor` is what a chargeback took over before the provider confirmed.
    """

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
    return_id: str = ""
    voided_minor: int = 0

    @property
    def left_minor(self) -> int:
        """What the provider still has to pay, or has paid."""
        return self.amount_minor - self.voided_minor
