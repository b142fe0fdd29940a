"""A hub in a process of its own that assigns parcels and is killed at a named moment.

Called as `python -m tests.component.logistics.planning_child URL DIRECTORY MOMENT POOL...`: asks
once for an assignment to these pools and says the reply on a line, unless the process is killed
while the planner plans, when the parcels stand in their pools but nothing is committed, or between
the commit and the reply. With `never` nothing dies.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine

from services.logistics.clients.planners import Planners
from services.logistics.service import create_service
from services.logistics.settings import LogisticsSettings
from tests.builders.running import running
from tests.component.logistics.test_assigning import assign, planner_of

MOMENTS = ("planning", "carried-out", "committed")
DEADLY_COMMIT = {"carried-out": 1, "committed": 2}
"""Which commit after the plan is not lived to see. There is one: parcels and reply are one deed."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class MortalPlanners(Planners):
    """Planners whose hub dies when one of them is at work, or when what it planned is committed."""

    def __init__(self, moment: str, engine: AsyncEngine) -> None:
        super().__init__()
        self._moment = moment
        self._engine = engine

    async def plan(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        plan = asyncio.ensure_future(super().plan(work, *args, **named))
        if self._moment == "planning":
            await planner_of(os.getpid())
            die()
        planned = await plan
        commits = count(1)

        def begins(_: Connection) -> None:
            if next(commits) == DEADLY_COMMIT.get(self._moment):
                die()

        event.listen(self._engine.sync_engine, "commit", begins)
        return planned


async def main(url: str, directory: str, moment: str, pools: list[str]) -> None:
    async with running(
        create_service,
        LogisticsSettings,
        database_url=url,
        directory=Path(directory),
        hub="my-kul",
        is_migrated=True,
    ) as hub:
        engine = hub.service.store.database.engine
        hub.service.app.state.planners = MortalPlanners(moment, engine)
        reply = await assign(hub, *({"id": pool} for pool in pools), key="plan", seconds=1)
        if moment == "committed":
            die()
        is_replay = reply.headers.get("Idempotency-Replayed") == "true"
        sys.stdout.write(f"told {reply.status_code} {is_replay}\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
