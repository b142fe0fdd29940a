"""The posting desk: a door that opens one transaction for many commands.

Whoever posts gets a future; while one batch is being committed the next one gathers, so a hot
account costs one update per batch and a disk flush serves hundreds. The desk works while there is
something to do and sleeps otherwise.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import structlog

from services.payments.domain.outcome import Instruction, Outcome
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.commit import COMMANDS_PER_BATCH_MAX, commit
from shared.db.tx import Store
from shared.kernel.errors import EroadError, Throttled, Unavailable

log = structlog.get_logger(__name__)

ATTEMPTS_MAX = 6
RETRY_S_MIN = 0.02
RETRY_S_MAX = 1.0
RETRY_AFTER_S = 1


class DeskFull(Throttled):
    """More commands wait at the posting desk than it takes; come back in a moment."""

    code = "payments.ledger-busy"


class _Waiting(NamedTuple):
    instruction: Instruction
    future: "asyncio.Future[Outcome]"


class PostingDesk:
    """Commits commands in groups; one per process."""

    def __init__(
        self,
        store: Store[PaymentsTx],
        *,
        name: str,
        queue_max: int,
        batch_max: int = COMMANDS_PER_BATCH_MAX,
    ) -> None:
        self._store = store
        self._name = name
        self._queue_max = queue_max
        self._batch_max = batch_max
        self._queue: deque[_Waiting] = deque()
        self._working: asyncio.Task[None] | None = None

    async def post(self, instruction: Instruction) -> Outcome:
        """Return what became of the command, once it is durable.

        Raises DeskFull at once, Unavailable when the database stayed away (the same id may be
        tried again), or whatever the command itself made fail.
        """
        return await self.put(instruction)

    def put(self, instruction: Instruction) -> "asyncio.Future[Outcome]":
        """Hand a command in and return the future of its outcome, or raise DeskFull."""
        if len(self._queue) >= self._queue_max:
            raise DeskFull("too many commands are waiting", retry_after_s=RETRY_AFTER_S)
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(instruction, future))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return future

    async def _work(self) -> None:
        """Commit batch after batch until nobody waits; whatever happens, every future ends."""
        # Those who post in this turn of the event loop all get into the first batch.
        await asyncio.sleep(0)
        while self._queue:
            size = min(self._batch_max, len(self._queue))
            batch = [self._queue.popleft() for _ in range(size)]
            try:
                await self._commit_or_halve(batch)
            except BaseException as error:
                _fail(batch, error)
                raise

    async def _commit_or_halve(self, batch: Sequence[_Waiting]) -> None:
        """Commit a batch; one that fails for what is in it is halved until the culprit is alone."""
        try:
            outcomes = await self._commit_until_known([each.instruction for each in batch])
        except Unavailable as error:
            _fail(batch, error)
        except Exception as error:  # noqa: BLE001 (some drivers' errors have no common ancestor)
            if len(batch) == 1:
                await self._alone(batch[0], error)
                return
            middle = len(batch) // 2
            await self._commit_or_halve(batch[:middle])
            await self._commit_or_halve(batch[middle:])
        else:
            for each, outcome in zip(batch, outcomes, strict=True):
                _answer(each, outcome)

    async def _commit_until_known(self, instructions: Sequence[Instruction]) -> list[Outcome]:
        """Commit, again with the same ids while it is in doubt whether the last try arrived.

        A command that did arrive is found by its id and not decided a second time.
        """
        wait_s = RETRY_S_MIN
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                async with self._store.transaction() as tx:
                    return await commit(tx, instructions, desk=self._name)
            except Unavailable as error:
                if attempt == ATTEMPTS_MAX:
                    raise
                log.warning("desk.retry", attempt=attempt, why=error.message)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, RETRY_S_MAX)
        raise AssertionError("the last attempt either returns or raises")

    async def _alone(self, culprit: _Waiting, error: Exception) -> None:
        """Try a failing command once more, by itself: the failure may have been the driver's."""
        if not isinstance(error, EroadError):
            try:
                (outcome,) = await self._commit_until_known([culprit.instruction])
            except Exception as again:
                command = culprit.instruction.command
                log.exception("desk.poison", command=command.id, kind=command.NAME)
                error = again
            else:
                _answer(culprit, outcome)
                return
        _fail([culprit], error)


def _answer(one: _Waiting, outcome: Outcome) -> None:
    # The caller may have hung up; the money has moved all the same.
    if not one.future.done():
        one.future.set_result(outcome)


def _fail(batch: Sequence[_Waiting], error: BaseException) -> None:
    for each in batch:
        if not each.future.done():
            each.future.set_exception(error)
