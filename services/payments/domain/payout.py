"""One payout to a seller: on its way, then sent or returned by the bank."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PayoutState(StrEnum):
    REQUESTED = "requested"
    SENT = "sent"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """Amount in minor units; `beneficiary` is the seller's account at its own bank.

    `withheld_minor` is what the seller owed and paid first; it is not part of the amount.
    """

    id: str
    seller_id: str
    currency: str
    amount_minor: int
    beneficiary: str
    state: PayoutState
    requested_at: datetime
    settled_at: datetime | None = None
    bank_reference: str = ""
    return_reason: str = ""
    withheld_minor: int = 0
