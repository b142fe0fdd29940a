"""One receipt nobody announced: waiting, given to orders, or sent back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReceiptState(StrEnum):
    WAITING = "waiting"
    LINKED = "linked"
    SENT_BACK = "sent-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Amounts in minor units; `left_minor` is what no order has yet. `party_account` is where it
    came from, and where the rest goes back to at `back_at`."""

    id: str
    account: str
    currency: str
    amount_minor: int
    left_minor: int
    party: str
    party_account: str
    text: str
    state: ReceiptState
    received_at: datetime
    back_at: datetime
    sent_back_minor: int = 0
