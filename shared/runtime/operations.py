"""The worker's side of long work: step by step, until there is none."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from shared.db.operations import BELL, Asked, Operation, Operations
from shared.db.tx import Store
from shared.kernel.errors import EroadError, Unavailable

log = structlog.get_logger(__name__)

LOOK_S = 1.0
"""How long to rest when nothing is to be done, unless the bell rings."""
WAIT_S = 5.0
"""How long to rest when the database is away."""
INTERNAL = {
    "code": "internal",
    "detail": "something went wrong on our side; what was done until then stays",
}

Work = Callable[[Any, Operation, Sequence[Asked]], Awaitable[Mapping[int, Mapping[str, Any]]]]
"""Do some lines in a transaction; return what became of each: name, made_id, problem."""


@dataclass(frozen=True)
class Job:
    """One kind of long work: how it is done, and how many lines a step takes."""

    work: Work
    at_once: int


def operating(
    store: Store[Any], jobs: Mapping[str, Job]
) -> Callable[[], Coroutine[Any, Any, None]]:
    """Return the loop that does long work for as long as the service runs."""

    async def run() -> None:
        bell = store.bells[BELL]
        while True:
            rung = bell.rung
            try:
                while await step(store, jobs):
                    pass
            except Unavailable as error:
                log.warning("operations.waiting", why=error.message)
                await asyncio.sleep(WAIT_S)
                continue
            await bell.wait(after=rung, timeout_s=LOOK_S)

    return run


async def step(store: Store[Any], jobs: Mapping[str, Job]) -> bool:
    """Do the next lines of the operation that has waited longest; False when there is none.

    What a step can't do ends its operation: tried again it would be refused again.
    """
    operation: Operation | None = None
    try:
        async with store.transaction() as tx:
            operations = Operations(tx.connection, store.metadata)
            operation = await operations.next()
            if operation is None:
                return False
            tx.traceparent = operation.traceparent
            job = jobs[operation.kind]
            asked = await operations.open_lines(operation.id, limit=job.at_once)
            results = await job.work(tx, operation, asked) if asked else {}
            await operations.step(operation, results, now=tx.now)
    except Unavailable:
        raise
    except Exception as error:
        if operation is None:
            raise
        log.exception("operation.failed", operation=operation.id)
        await _fail(store, operation, error)
    return True


async def _fail(store: Store[Any], operation: Operation, error: Exception) -> None:
    problem = INTERNAL
    if isinstance(error, EroadError):
        problem = {"code": error.code, "detail": error.message}
    async with store.transaction() as tx:
        operations = Operations(tx.connection, store.metadata)
        await operations.fail(operation.id, problem, now=tx.now)


def forgetting(store: Store[Any]) -> Callable[[Any], Awaitable[None]]:
    """Return the timer's work that forgets what ended long enough ago."""

    async def forget_operations(tx: Any) -> None:
        await Operations(tx.connection, store.metadata).forget_expired(now=tx.now)

    return forget_operations
