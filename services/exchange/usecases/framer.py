"""Frames are closed a moment after something was numbered, and whoever waits is told."""

import asyncio

from services.exchange.domain.keys import SigningKey
from services.exchange.store.tx import ExchangeTx
from services.exchange.usecases.close_frames import close_frames
from shared.db.tx import Store

CLOSE_EVERY_S = 0.05
IDLE_S_MAX = 0.25


class Framer:
    """Closes frames for as long as `run` runs, and tells who waits for new ones."""

    def __init__(
        self, store: Store[ExchangeTx], *, key: SigningKey, schema_set: str, epoch: int = 1
    ) -> None:
        self._store = store
        self._key = key
        self._schema_set = schema_set
        self._epoch = epoch
        self._closed = asyncio.Event()

    async def run(self) -> None:
        wait_s = CLOSE_EVERY_S
        while True:
            closed = await self.close()
            wait_s = CLOSE_EVERY_S if closed else min(wait_s * 1.5, IDLE_S_MAX)
            await asyncio.sleep(wait_s)

    async def close(self) -> int:
        """Close what waits now; looks before it takes the writer's turn."""
        async with self._store.reading() as tx:
            waiting = await tx.outgoing.is_waiting(epoch=self._epoch)
        if not waiting:
            return 0
        async with self._store.transaction() as tx:
            closed = await close_frames(
                tx, key=self._key, schema_set=self._schema_set, epoch=self._epoch
            )
        self._closed.set()
        return closed

    async def wait_for_frames(self, timeout_s: float) -> None:
        """Return soon after a frame was closed in this process, or after `timeout_s`."""
        self._closed.clear()
        try:
            await asyncio.wait_for(self._closed.wait(), timeout_s)
        except TimeoutError:
            return
