"""In the test profile the operator moves a service's clock, so that deadlines can be seen to pass.

The services of one process share one clock: on one machine a single call moves the whole hub. Where
each runs by itself, each is asked. Peers keep their own time; move them too. Tokens are judged by
the moved clock, so callers fetch new ones.
"""

from datetime import timedelta
from typing import Protocol

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.contracts.event import Moment
from shared.kernel.clock import Clock
from shared.kernel.errors import Conflict, Rejected
from shared.web.auth import requires

AHEAD_MAX = timedelta(days=400)
"""The furthest one step goes: past every deadline of a year, and short of keys lapsing unseen."""


class Movable(Clock, Protocol):
    """A clock that can be moved."""

    def move(self, by: timedelta) -> None: ...


class ClockOnlyForward(Conflict):
    """Time is later than that already; a clock never goes back."""

    code = "clock-only-forward"


class ClockTooFar(Rejected):
    """One step goes 400 days at most."""

    code = "clock-too-far"


class MoveClock(BaseModel):
    """The moment to go to."""

    model_config = ConfigDict(extra="forbid")

    to: AwareDatetime


class ClockView(BaseModel):
    """What time it is here."""

    now: Moment


router = APIRouter(
    prefix="/v1/test-clock", tags=["test mode"], dependencies=[Depends(requires("hub:operate"))]
)
"""Shows and moves a service's clock; for the test profile alone."""


@router.get("")
async def read(request: Request) -> ClockView:
    """What time the service takes it to be."""
    return ClockView(now=_clock(request).now())


@router.post("")
async def move(request: Request, body: MoveClock) -> ClockView:
    """Move time forward; deadlines that pass are looked at within seconds."""
    clock = _clock(request)
    ahead = body.to - clock.now()
    if ahead <= timedelta():
        raise ClockOnlyForward("it is later than that already", field="to")
    if ahead > AHEAD_MAX:
        raise ClockTooFar(f"is more than {AHEAD_MAX.days} days ahead", field="to")
    clock.move(ahead)
    return ClockView(now=clock.now())


def _clock(request: Request) -> Movable:
    clock: Movable = request.app.state.store.clock
    return clock
