"""Frames are closed a moment after something was numbered, and whoever waits is told."""

import asyncio

from services.exchange.domain.keys import SigningKey
from services.exchange.store.tx import FRAMED, NUMBERED, ExchangeTx
from services.exchange.usecases.close_frames import close_frames
from shared.db.tx import Store

CLOSE_EVERY_S = 0.05
LOOK_S = 2.0
"""How often to look where no bell was heard: another worker may have numbered, and ended."""
LOOK_AGAIN_S = 0.25
"""How often to look for new frames in a process that closes none itself."""


class Framer:
    """Closes frames for as long as `run` runs, and tells who waits for new ones."""

    def __init__(
        self, store: Store[ExchangeTx], *, key: SigningKey, schema_set: str, epoch: int = 1
    ) -> None:
        self._store = store
        self._key = key
        self._schema_set = schema_set
        self._epoch = epoch
        self._is_running = False

    async def run(self) -> None:
        self._is_running = True
        numbered = self._store.bells[NUMBERED]
        try:
            while True:
                seen = numbered.rung
                if not await self.close():
                    await numbered.wait(after=seen, timeout_s=LOOK_S)
                await asyncio.sleep(CLOSE_EVERY_S)  # what is said in a moment shares a frame
        finally:
            self._is_running = False

    async def close(self) -> int:
        """Close what waits now; looks before it takes the writer's turn."""
        async with self._store.reading() as tx:
            waiting = await tx.outgoing.is_waiting(epoch=self._epoch)
        if not waiting:
            return 0
        async with self._store.transaction() as tx:
            return await close_frames(
                tx, key=self._key, schema_set=self._schema_set, epoch=self._epoch
            )

    @property
    def closings(self) -> int:
        """How often frames were closed in this process; to be noted before one looks for them."""
        return self._store.bells[FRAMED].rung

    async def wait_for_frames(self, *, after: int, timeout_s: float) -> None:
        """Return once frames were closed here since `after`, or when it is time to look again."""
        wait_s = timeout_s if self._is_running else min(timeout_s, LOOK_AGAIN_S)
        await self._store.bells[FRAMED].wait(after=after, timeout_s=wait_s)
