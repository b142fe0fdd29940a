"""The seeds by which lanes were drawn, for whoever wants to draw again.

A day's lane is drawn from SHA-256 of `<seed>/<subject>`: its first 8 bytes, modulo 10^9, against
the shares of each profile of the pack that applies, the strictest lane winning.
"""

from datetime import timedelta

from fastapi import APIRouter, Depends

from services.customs.api.deps import CustomsReading
from services.customs.domain.lanes import commitment_to
from shared.contracts.customs.gate import RevealedSeedView, RiskSeedsView
from shared.contracts.times import Day
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1/risk-seeds", tags=["risk"], route_class=DoorRoute)
DAYS_REVEALED_MAX = 31


@router.get("", dependencies=[Depends(requires("customs:read"))])
async def seeds(tx: CustomsReading, until: Day | None = None) -> RiskSeedsView:
    """Read the commitment to today's seed and the seeds of days that are over.

    The newest day shown is before today and not after `until`. Every seed is the hash of the next
    day's, so those shown prove each other, and the commitment proves today's tomorrow.
    """
    today = tx.rulebook.day_of(tx.country, tx.now)
    last = min(today, until or today)
    days = [last - timedelta(days=n) for n in range(1, DAYS_REVEALED_MAX + 1)]
    return RiskSeedsView(
        day=today,
        commitment=commitment_to(tx.rulebook.risk_seed(today)),
        revealed=tuple(RevealedSeedView(day=day, seed=tx.rulebook.risk_seed(day)) for day in days),
    )
