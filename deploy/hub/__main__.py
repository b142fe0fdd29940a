"""python -m deploy.hub PLAN.json: run one hub until it is told to stop."""

import argparse
import asyncio
from pathlib import Path

from shared.kernel.collector import uncollected

with uncollected():  # a fifth of the time of the start
    from deploy.hub.plan import HubPlan
    from deploy.hub.run import build_hub
    from shared.runtime import logging
    from shared.runtime.kept_clock import KeptClock
    from shared.runtime.main import serve

CLOCK_FILE = "clock"
"""In the hub's folder: a moved clock goes on where it was when the process is started again."""


async def _run(plan: HubPlan) -> None:
    hub = build_hub(plan, clock=KeptClock(plan.path / CLOCK_FILE))
    async with hub.running():
        await serve(hub.app, host="127.0.0.1", port=plan.port)


def main() -> None:
    parser = argparse.ArgumentParser(prog="deploy.hub")
    parser.add_argument("plan", type=Path)
    parser.add_argument("--log-level", default="warning", choices=sorted(logging.LEVELS))
    options = parser.parse_args()
    logging.configure(options.log_level)
    asyncio.run(_run(HubPlan.load(options.plan)))


main()
