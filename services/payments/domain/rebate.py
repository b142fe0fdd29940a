"""One rebate or drawback: what an authority gives back on goods that left the country.

eligible ─ claim ─> claimed ─ pay ──> paid ─ (part of it clawed back, repaid)
   │                   └ refuse ────> refused
   └ (claim_by passes) > lapsed

Customs owns eligibility and evidence, payments the money. `claimable:{case}` is credited once with
what the evidence carries, so nothing is claimed twice.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RebateState(StrEnum):
    ELIGIBLE = "eligible"
    CLAIMED = "claimed"
    PAID = "paid"
    REFUSED = "refused"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RebateCase:
    """Amounts in minor units. `owed_back_minor` was clawed back and is not repaid yet."""

    id: str
    scheme: str
    seller_id: str
    order_id: str
    declaration_id: str
    currency: str
    amount_minor: int
    evidence: tuple[str, ...]
    claim_by: datetime
    state: RebateState
    evidenced_at: datetime
    claimed_at: datetime | None = None
    paid_at: datetime | None = None
    clawed_back_minor: int = 0
    repaid_minor: int = 0

    @property
    def owed_back_minor(self) -> int:
        return self.clawed_back_minor - self.repaid_minor

    @property
    def left_minor(self) -> int:
        """What of the rebate was not clawed back."""
        return self.amount_minor - self.clawed_back_minor
