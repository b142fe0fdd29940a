"""Moving the clocks of both hubs, so that a story of weeks is told in a minute; test mode only."""

from datetime import UTC, datetime, timedelta

from deploy.hub.services import SERVICES
from deploy.scenario.cast import Cast

A_MOMENT = timedelta(seconds=1)
LATER_ALREADY = 409
"""Services of one process share one clock: the first call has moved them all."""


async def until_later(cast: Cast, moment: datetime) -> None:
    """Return once it is past `moment` at every service of both hubs."""
    cast.ahead = max(cast.ahead, moment + A_MOMENT - datetime.now(UTC))
    to = (moment + A_MOMENT).isoformat()
    for operator in cast.operators.values():
        for service in SERVICES:
            await operator.post(f"/{service}/v1/test-clock", {"to": to}, accept=(LATER_ALREADY,))


async def days_later(cast: Cast, days: int) -> None:
    """Let so many days go by at both hubs."""
    await until_later(cast, cast.now() + timedelta(days=days))
