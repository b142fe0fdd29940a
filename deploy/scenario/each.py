"""Do something for every order of a story, a few at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from deploy.scenario.hub_client import StoryBroken
from deploy.scenario.order import StoryOrder

AT_ONCE_MAX = 4
"""Requests in flight; a marketplace is one of many and behaves."""

Tick = Callable[[], None]


async def each(
    orders: Sequence[StoryOrder], do: Callable[[StoryOrder], Awaitable[None]], tick: Tick
) -> None:
    """Do something for every order, a few at once."""
    gate = asyncio.Semaphore(AT_ONCE_MAX)

    async def one(order: StoryOrder) -> None:
        async with gate:
            await do(order)
        tick()

    try:
        async with asyncio.TaskGroup() as group:
            for order in orders:
                group.create_task(one(order))
    except ExceptionGroup as several:
        broken = several.subgroup(StoryBroken)
        if broken is None:
            raise
        raise StoryBroken(str(broken.exceptions[0])) from several
