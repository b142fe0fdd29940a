"""Group commit: many publishes, one thread, one transaction, one flush to disk for all of them."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from shared.kernel.clock import Clock
from shared.messaging.bus import (
    BusStopped,
    BusUnreachable,
    OutRecord,
    Position,
    ProducerFenced,
    PublishError,
    RecordRefused,
    UnknownTopic,
    refuse_oversized,
)
from shared.messaging.sqlite_writer import LogWriter

QUEUED_CALLS_MAX = 1_000
GROUP_RECORDS_MAX = 2_000
DRAIN_TIMEOUT_S = 10.0

P = ParamSpec("P")
T = TypeVar("T")
_Call = tuple[Sequence[OutRecord], asyncio.Future[list[Position]]]
_log = logging.getLogger(__name__)


class GroupCommit:
    """The writing half of a bus: it owns the log's writer and the thread that it lives on."""

    def __init__(self, writer: LogWriter, clock: Clock, on_commit: Callable[[], None]) -> None:
        self.writer = writer
        self._clock = clock
        self._on_commit = on_commit
        self._queue: asyncio.Queue[_Call] = asyncio.Queue(QUEUED_CALLS_MAX)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bus-write")

    async def publish(self, records: Sequence[OutRecord], timeout: float) -> list[Position]:
        """Write the records in one transaction with others, or raise PublishError."""
        refuse_oversized(records)
        await self._refuse_unknown(records)
        done: asyncio.Future[list[Position]] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                await self._queue.put((records, done))
                return await done
        except TimeoutError as error:
            raise PublishError(
                f"not written within {timeout} s", retriable=True, failed=range(len(records))
            ) from error

    async def run(self) -> None:
        """Write whatever waits, until cancelled."""
        while True:
            calls = [await self._queue.get()]
            size = len(calls[0][0])
            while not self._queue.empty() and size < GROUP_RECORDS_MAX:
                calls.append(self._queue.get_nowait())
                size += len(calls[-1][0])
            waiting = [call for call in calls if not call[1].done()]
            if waiting:
                await self._commit(waiting)
            for _ in calls:
                self._queue.task_done()

    async def drain(self) -> None:
        """Wait until everything queued is written, up to a limit."""
        try:
            async with asyncio.timeout(DRAIN_TIMEOUT_S):
                await self._queue.join()
        except TimeoutError:
            _log.warning("%s: stopped with publishes still waiting", self.writer.path.name)

    async def close(self) -> None:
        """Close the log and its thread; call it when `run` has ended."""
        while not self._queue.empty():
            _, done = self._queue.get_nowait()
            _refuse(done, BusStopped("the bus stopped before this was written"))
        await self.on_thread(self.writer.close)
        self._thread.shutdown(wait=False)

    async def on_thread(self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a job of the writer where its connection lives; sqlite's errors become ours."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, lambda: job(*args, **kwargs))
        except sqlite3.Error as error:
            raise BusUnreachable(f"{self.writer.path.name}: {error}") from error

    async def _commit(self, calls: Sequence[_Call]) -> None:
        records = [record for call in calls for record in call[0]]
        now_ms = int(self._clock.now().timestamp() * 1000)
        try:
            positions = await self.on_thread(self.writer.append, records, now_ms)
        except Exception as error:  # noqa: BLE001  (not swallowed: every caller gets it)
            for own, done in calls:
                _refuse(done, _for_call(error, len(own)))
            return
        self._on_commit()
        first = 0
        for own, done in calls:
            if not done.done():
                done.set_result(positions[first : first + len(own)])
            first += len(own)

    async def _refuse_unknown(self, records: Sequence[OutRecord]) -> None:
        topics = {record.topic for record in records}
        if not topics <= self.writer.partitions.keys():
            await self.on_thread(self.writer.reload)
        counts = self.writer.partitions
        for topic in topics - counts.keys():
            failed = [index for index, record in enumerate(records) if record.topic == topic]
            raise UnknownTopic(topic, failed=failed)
        failed = [
            index
            for index, record in enumerate(records)
            if record.partition is not None and not 0 <= record.partition < counts[record.topic]
        ]
        if failed:
            raise RecordRefused("the topic has no such partition", failed=failed)


def _for_call(error: Exception, count: int) -> Exception:
    """Say of one call of the group what happened to the whole group."""
    told: Exception
    if isinstance(error, ProducerFenced):
        told = ProducerFenced(error.message, failed=range(count))
    elif isinstance(error, PublishError):
        told = PublishError(error.message, retriable=error.retriable, failed=range(count))
    else:
        told = PublishError(f"writing failed: {error!r}", retriable=False, failed=range(count))
    told.__cause__ = error
    return told


def _refuse(done: asyncio.Future[list[Position]], error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
