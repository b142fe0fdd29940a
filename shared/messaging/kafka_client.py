"""Starting an aiokafka client so that a caller who gives up leaves nothing open behind it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

START_GRACE_S = 0.5


async def start_client(client: Any, end: Callable[[Any], Awaitable[None]]) -> None:
    """Start the client, or end it and raise.

    aiokafka forgets to close its first connection when start() is cancelled between connecting
    and the first answer. So a caller's cancellation waits a moment for the start to finish.
    """
    starting = asyncio.create_task(client.start(), name="bus: start Kafka client")
    try:
        await asyncio.shield(starting)
    except BaseException:
        await asyncio.wait([starting], timeout=START_GRACE_S)
        starting.cancel()
        await asyncio.wait([starting])
        if not starting.cancelled():
            starting.exception()  # either the one being raised, or nobody waits for it any more
        await end(client)
        raise
