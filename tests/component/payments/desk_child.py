"""A desk in a process of its own, which dies between a commit and its replies.

Called as `python -m tests.component.payments.desk_child URL FIRST COUNT DIE_AFTER`: posts the
commands from FIRST up to COUNT and says each outcome on a line as soon as it is told; with
DIE_AFTER above zero it is killed right after its so many-th commit, before anybody is told.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from services.payments.desk import PostingDesk
from services.payments.domain.outcome import Instruction, Outcome
from tests.component.payments.faults import CALLERS, CAUSE, a_command, a_store


class MortalDesk(PostingDesk):
    """A desk that nobody hears from again after a commit."""

    die_after = 0
    _commits = 0

    async def _commit_until_known(self, instructions: Sequence[Instruction]) -> list[Outcome]:
        outcomes = await super()._commit_until_known(instructions)
        self._commits += 1
        if self._commits == self.die_after:
            os.kill(os.getpid(), signal.SIGKILL)
        return outcomes


async def main(url: str, first: int, count: int, die_after: int) -> None:
    store = a_store(url)
    desk = MortalDesk(store, name="kill", queue_max=CALLERS)
    desk.die_after = die_after
    numbers = iter(range(first, count))

    async def caller() -> None:
        for number in numbers:
            outcome = await desk.post(Instruction(a_command(number), CAUSE))
            sys.stdout.write(f"told {number} {outcome.code}\n")
            sys.stdout.flush()

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    await store.database.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:5])))
