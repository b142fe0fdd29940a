"""How a command asks running hubs as their operator, and the one line it ends with if refused."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import NoReturn, TypeVar
from uuid import uuid4

import httpx
import typer
from rich.console import Console

from deploy.hub.plan import HubPlan
from deploy.scenario.hub_client import HubClient, NoAnswer, StoryBroken
from shared.kernel.ids import derived_id

ATTEMPTS = 12
"""Three seconds: whoever types a command wants to hear that a hub is not running."""
TIMEOUT_S = 30

Answer = TypeVar("Answer")

console = Console(stderr=True, soft_wrap=True)


def ask_hub(folder: Path, ask: Callable[[HubClient], Awaitable[Answer]]) -> Answer:
    """Ask the hub of a folder; end with what it refuses."""
    file = folder / "hub.json"
    if not file.exists():
        stop(f"{folder} holds no hub")
    return ask_hubs([HubPlan.load(file)], lambda operators: ask(*operators.values()))


def ask_hubs(
    plans: Collection[HubPlan], ask: Callable[[dict[str, HubClient]], Awaitable[Answer]]
) -> Answer:
    """Ask several hubs, each as its own operator; end with what one refuses."""

    async def asked() -> Answer:
        async with httpx.AsyncClient(timeout=TIMEOUT_S) as http:
            return await ask({plan.hub: _operator(plan, http) for plan in plans})

    try:
        return asyncio.run(asked())
    except NoAnswer as away:
        [silent] = [plan for plan in plans if plan.url == away.url]
        stop(
            f"{silent.hub} does not answer at {silent.url}; "
            f"start it with: eroad up, or eroad hub run {silent.folder}"
        )
    except (StoryBroken, httpx.HTTPError) as refused:
        stop(str(refused))


def stop(why: str) -> NoReturn:
    """End the command with exit code 1 and the reason."""
    console.print(why, style="red", markup=False, highlight=False)
    raise typer.Exit(1)


def _operator(plan: HubPlan, http: httpx.AsyncClient) -> HubClient:
    name, secret = derived_id("cli", plan.hub, "operator"), plan.operator_secret()
    return HubClient(plan.url, name, secret, uuid4().hex, http, attempts=ATTEMPTS)
