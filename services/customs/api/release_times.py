"""How long goods waited at this border, for those who run it."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.customs.api.deps import CustomsReading
from services.customs.domain.release_clock import PROMISE, LaneTimes, Spread, release_times
from shared.contracts.customs.api import (
    LaneTimesView,
    ReleaseTimesView,
    SpreadView,
    StretchView,
)
from shared.contracts.times import Day
from shared.kernel.errors import Rejected
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1/release-times", tags=["release times"], route_class=DoorRoute)
DAYS_MAX = 92
DECLARATIONS_MAX = 20_000


class PeriodInvalid(Rejected):
    """The period is empty, too long, or holds too many declarations to be looked at."""

    code = "customs.period-invalid"


@router.get("", dependencies=[Depends(requires("customs:decide"))])
async def times(
    tx: CustomsReading,
    since: Annotated[Day, Query(description="the first day, UTC")],
    until: Annotated[Day, Query(description="the day after the last, UTC")],
) -> ReleaseTimesView:
    """From declaration to release, by origin hub and lane, step by step, beside the promise."""
    if not timedelta(0) < until - since <= timedelta(days=DAYS_MAX):
        raise PeriodInvalid(f"ask for 1 to {DAYS_MAX} days, since before until", field="until")
    found = await tx.declarations.released(
        since=_midnight(since), until=_midnight(until), limit=DECLARATIONS_MAX + 1
    )
    if len(found) > DECLARATIONS_MAX:
        raise PeriodInvalid(
            f"over {DECLARATIONS_MAX} declarations; ask for fewer days", field="until"
        )
    return ReleaseTimesView(
        since=since,
        until=until,
        promise_s=int(PROMISE.total_seconds()),
        lanes=[_lane(one) for one in release_times(found)],
    )


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _lane(one: LaneTimes) -> LaneTimesView:
    return LaneTimesView(
        seller_hub=one.seller_hub,
        lane=one.lane.value,
        whole=_spread(one.whole),
        within_promise=one.within_promise,
        stretches=[
            StretchView(
                from_status=stretch.earlier.value,
                to_status=stretch.later.value,
                took=_spread(spread),
            )
            for stretch, spread in one.stretches
        ],
    )


def _spread(one: Spread) -> SpreadView:
    return SpreadView(
        count=one.count,
        half_s=one.half_s,
        nine_in_ten_s=one.nine_in_ten_s,
        longest_s=one.longest_s,
    )
