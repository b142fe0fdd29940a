"""One advance on orders whose money waits in escrow at their buyers' hubs.

offered ─ accept ─> disbursed ─ repay ─> repaid
   └ (time) ──────> lapsed

It is repaid out of the seller's money as that arrives. Under hardship only a share of each
arrival is taken, until a day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from services.payments.domain.scorecard import Reason

TERM = timedelta(days=30)
OFFER_LIFETIME = timedelta(hours=24)
HARDSHIP_SHARE_BP = 2_000
"""What is taken of each arrival under hardship, in basis points."""
YEAR_DAYS = 365


class AdvanceState(StrEnum):
    OFFERED = "offered"
    DISBURSED = "disbursed"
    REPAID = "repaid"
    LAPSED = "lapsed"


class Pledge(NamedTuple):
    """One order that an advance stands on, with the goods of it, in the escrow's minor units."""

    order_id: str
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """Amounts in minor units. `collateral_*` is in the escrow's currency, the rest in its own."""

    id: str
    seller_id: str
    state: AdvanceState
    currency: str
    principal_minor: int
    fee_minor: int
    collateral_currency: str
    collateral_minor: int
    share_bp: int
    limit_minor: int
    rate: str
    pledges: tuple[Pledge, ...]
    model: str
    score: int
    reasons: tuple[Reason, ...]
    consented_at: datetime
    offered_at: datetime
    expires_at: datetime
    disbursed_at: datetime | None = None
    due_at: datetime | None = None
    repaid_minor: int = 0
    eased_until: datetime | None = None
    provision_minor: int = 0

    @property
    def owed_minor(self) -> int:
        return self.principal_minor + self.fee_minor - self.repaid_minor

    @property
    def advanced_minor(self) -> int:
        """What of the collateral was advanced, in the escrow's currency."""
        return self.collateral_minor * self.share_bp // 10_000

    @property
    def apr_bp(self) -> int:
        """The yearly price in basis points, if it is repaid at the end of its term."""
        return self.fee_minor * 10_000 * YEAR_DAYS // (self.principal_minor * TERM.days)


class Stage(NamedTuple):
    """How likely a loss is, from so many days after the due date on; chances in basis points."""

    days_overdue: int
    default_bp: int
    loss_bp: int


STAGES = (Stage(90, 6_000, 4_500), Stage(30, 2_000, 4_500), Stage(-(10**6), 200, 4_500))
"""Worst first: more than 90 days overdue, more than 30, and everything before."""


def expected_loss(advance: Advance, now: datetime) -> int:
    """Return what should be set aside for an advance, in whole minor units, rounded up."""
    assert advance.due_at is not None, "what was paid out has a due date"
    overdue = (now - advance.due_at).days
    stage = next(stage for stage in STAGES if overdue > stage.days_overdue)
    return -(-advance.owed_minor * stage.default_bp * stage.loss_bp // 10**8)
