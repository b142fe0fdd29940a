"""Planners in processes of their own, so that no request waits for somebody else's plan.

A planner is a pure function and its arguments; nothing is shared. The processes start with the
first plan that is asked for, so a hub that never plans stays small. They end when they are told to,
in the middle of a plan too, and when the process that started them is no more.
"""

import asyncio
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from shared.kernel.errors import Unavailable

Plan = TypeVar("Plan")

WAITING_MAX = 8
"""Plans that may wait for a process; who comes later is told to come again."""


class PlannersBusy(Unavailable):
    """As many plans are being made as this hub has processes for, and the queue is full."""

    code = "logistics.planners-busy"
    help = "Try again when the seconds in Retry-After have passed."


class PlannerDied(Unavailable):
    """The process that was planning ended before its plan: nothing was changed by it."""

    code = "logistics.planner-died"
    help = "Ask for the plan again; report it if the same request ends the planner each time."


class Planners:
    """A few processes that plan."""

    def __init__(self, *, processes: int = 1) -> None:
        self._processes = processes
        self._context = multiprocessing.get_context("spawn")
        self._pool: ProcessPoolExecutor | None = None
        self._line: tuple[Connection, Connection] | None = None
        self._under_way = 0

    async def plan(self, work: Callable[..., Plan], /, *args: Any, **named: Any) -> Plan:
        """Run a pure function in a process and return its plan; raises PlannersBusy, PlannerDied.

        A process that died takes nothing with it: the next plan starts a new one.
        """
        if self._under_way >= self._processes + WAITING_MAX:
            raise PlannersBusy("every planner is busy", retry_after_s=5)
        self._under_way += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._started(), partial(work, *args, **named))
        except BrokenProcessPool as error:
            await self.stop()
            raise PlannerDied("the planner ended before its plan") from error
        finally:
            self._under_way -= 1

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._line = self._context.Pipe(duplex=False)
            self._pool = ProcessPoolExecutor(
                max_workers=self._processes,
                mp_context=self._context,
                initializer=_end_in_time,
                initargs=(self._line[0],),
            )
        return self._pool

    async def stop(self) -> None:
        """End the processes; plans under way are given up."""
        if self._pool is not None and self._line is not None:
            pool, self._pool = self._pool, None
            for end in self._line:
                end.close()
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)


def _end_in_time(line: Connection) -> None:
    """Watch, in a planner, for the end: a plan takes a minute and asks nobody meanwhile.

    Nothing is ever said on the line. Only the hub holds its other end, so it breaks when the hub
    lets go of it, and when the hub is no more.
    """

    def watch() -> None:
        line.poll(None)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
