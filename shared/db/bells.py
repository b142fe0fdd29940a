"""Who waits for something to be committed is woken in this process, instead of looking again and
again.

A bell only saves looking. Other processes do not hear it, so every wait has an end after which the
waiter looks anyway: nothing is lost when a bell is not heard, it only comes later.
"""

import asyncio


class Bell:
    """Rung after commits. A waiter notes `rung` before it looks, so no ring falls in between."""

    def __init__(self) -> None:
        self.rung = 0
        self._next = asyncio.Event()

    def ring(self) -> None:
        """Wake all who wait now."""
        self.rung += 1
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self, *, after: int, timeout_s: float) -> bool:
        """Return True once it was rung more often than `after`, False after `timeout_s`."""
        if self.rung != after:
            return True
        try:
            async with asyncio.timeout(timeout_s):
                await self._next.wait()
        except TimeoutError:
            return False
        return True
