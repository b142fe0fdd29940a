"""The event bus of one machine: a durable SQLite log per owning service, no broker.

The owner's bus writes its own file and reads everyone's. Concurrent publishes share one commit,
readers of the same process are woken at once through a Doorbell, and readers of other processes
notice a commit within some milliseconds by asking SQLite's data_version.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from shared.kernel.clock import Clock
from shared.messaging.bus import (
    PUBLISH_TIMEOUT_S,
    TP,
    BusError,
    BusStopped,
    BusUnreachable,
    Health,
    NotOwner,
    OnAssign,
    OnRevoke,
    OutRecord,
    Position,
    Start,
    TopicSpec,
    UnknownTopic,
)
from shared.messaging.sqlite_commit import GroupCommit
from shared.messaging.sqlite_subscription import Readers, SqliteSubscription
from shared.messaging.sqlite_writer import TRIM_SLICE, LogWriter

WATCH_S_MIN = 0.002
WATCH_S_MAX = 0.020
WATCH_S_HEARD = 0.5  # while every log that is read is written in this process, and rings
WATCH_GROWTH = 1.5
RETENTION_EVERY_S = 60.0
_log = logging.getLogger(__name__)


class Doorbell:
    """Tells every bus of this process, on the same event loop, that a log has grown."""

    def __init__(self) -> None:
        self.rung_here: set[Path] = set()  # logs whose writer lives in this process
        self._listeners: set[Callable[[Path], None]] = set()

    def listen(self, listener: Callable[[Path], None]) -> None:
        self._listeners.add(listener)

    def leave(self, listener: Callable[[Path], None]) -> None:
        self._listeners.discard(listener)

    def ring(self, path: Path) -> None:
        for listener in tuple(self._listeners):
            listener(path)


class SqliteBus:
    """An EventBus over `<directory>/<owner>.log`; with owner None it only reads.

    `owners` says which service owns a topic. Starting the bus of an owner fences any older one.
    """

    def __init__(
        self,
        directory: Path,
        owner: str | None,
        owners: Mapping[str, str],
        *,
        clock: Clock,
        doorbell: Doorbell | None = None,
    ) -> None:
        self._directory = directory.absolute()
        self._owner = owner
        self._owners = owners
        self._clock = clock
        self._doorbell = doorbell or Doorbell()
        self._specs: dict[str, TopicSpec] = {}
        self._subscriptions: set[SqliteSubscription] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._own: GroupCommit | None = None
        self._readers: Readers | None = None

    async def start(self) -> None:
        assert self._readers is None, "a bus is started once, or again after stop"
        self._readers = Readers(self._path_of)
        self._subscribed = asyncio.Event()
        self._doorbell.listen(self._on_ring)
        self._spawn(self._watch(self._readers), "watch")
        if self._owner is not None:
            try:
                await self._start_writing(self._owner)
            except BaseException:
                await self.stop()
                raise

    async def stop(self) -> None:
        readers, self._readers = self._readers, None
        own, self._own = self._own, None
        if readers is None:
            return
        self._doorbell.leave(self._on_ring)
        for subscription in tuple(self._subscriptions):
            await subscription.close()
        if own is not None:
            self._doorbell.rung_here.discard(own.writer.path)
            await own.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)  # _report has told of errors
        self._tasks.clear()
        await readers.close()
        if own is not None:
            await own.close()

    async def ensure_topics(self, specs: Sequence[TopicSpec]) -> None:
        own = self._writing()
        for spec in specs:
            if self._owners.get(spec.name) != self._owner:
                raise NotOwner(f"{self._owner} does not own {spec.name}", topic=spec.name)
        await own.on_thread(own.writer.ensure, specs)
        self._specs.update({spec.name: spec for spec in specs})
        self._doorbell.ring(own.writer.path)

    async def health(self) -> Health:
        if self._readers is None:
            return Health(ok=False, detail="not started")
        ended = [task.get_name() for task in self._tasks if task.done()]
        if ended:
            return Health(ok=False, detail=f"no longer running: {', '.join(ended)}")
        if self._own is None:
            return Health(ok=True, detail=f"reading {self._directory.name}")
        try:
            detail = await self._own.on_thread(self._own.writer.check)
        except BusError as error:
            return Health(ok=False, detail=error.message)
        return Health(ok=True, detail=detail)

    async def publish(
        self, records: Sequence[OutRecord], *, timeout: float = PUBLISH_TIMEOUT_S
    ) -> list[Position]:
        own = self._writing()
        return await own.publish(records, timeout) if records else []

    def subscribe(
        self,
        topics: Sequence[str],
        group: str,
        *,
        member: str,
        on_assign: OnAssign,
        on_revoke: OnRevoke,
        start: Start = "earliest",
    ) -> SqliteSubscription:
        """Read topics; on one machine a group has one member, so nothing is ever revoked."""
        subscription = SqliteSubscription(
            self._reading(),
            topics=topics,
            on_assign=on_assign,
            start=start,
            on_close=self._subscriptions.discard,
        )
        return self._remember(subscription)

    def read(self, tp: TP, from_offset: int) -> SqliteSubscription:
        subscription = SqliteSubscription(
            self._reading(), positions={tp: from_offset}, on_close=self._subscriptions.discard
        )
        return self._remember(subscription)

    def follow(
        self, topics: Sequence[str], *, on_assign: OnAssign, start: Start = "earliest"
    ) -> SqliteSubscription:
        subscription = SqliteSubscription(
            self._reading(),
            topics=topics,
            on_assign=on_assign,
            start=start,
            on_close=self._subscriptions.discard,
        )
        return self._remember(subscription)

    async def bounds(self, tps: Iterable[TP]) -> Mapping[TP, tuple[int, int]]:
        wanted = list(tps)
        extents = await self._reading().extents({tp.topic for tp in wanted})
        for tp in wanted:
            if tp not in extents:
                raise UnknownTopic(f"{tp.topic}/{tp.partition}")
        return {tp: (extents[tp].start, extents[tp].end) for tp in wanted}

    async def offset_at(self, tp: TP, ts_ms: int) -> int | None:
        return await self._reading().offset_at(tp, ts_ms)

    async def enforce_retention(self) -> int:
        """Delete what every own topic no longer has to keep; return how many records went."""
        own = self._writing()
        now = self._clock.now()
        gone = 0
        for spec in self._specs.values():
            if spec.retention_s is None:
                continue
            cutoff = int((now - timedelta(seconds=spec.retention_s)).timestamp() * 1000)
            went = TRIM_SLICE
            while went >= TRIM_SLICE:  # between two slices publishes get their turn on the thread
                went = await own.on_thread(own.writer.trim, spec.name, cutoff)
                gone += went
        await own.on_thread(own.writer.truncate_wal)
        return gone

    async def _start_writing(self, owner: str) -> None:
        path = self._file(owner)
        own = GroupCommit(LogWriter(path, owner), self._clock, lambda: self._doorbell.ring(path))
        try:
            await own.on_thread(own.writer.open)
        except BusError:
            await own.close()
            raise
        self._own = own
        self._doorbell.rung_here.add(path)
        self._spawn(own.run(), "commit")
        self._spawn(self._keep_retention(path.name), "retention")

    async def _keep_retention(self, name: str) -> None:
        while True:
            await asyncio.sleep(RETENTION_EVERY_S)
            try:
                gone = await self.enforce_retention()
            except BusError as error:
                _log.warning("%s: retention failed: %s", name, error.message)
            else:
                _log.info("%s: %d records past retention deleted", name, gone)

    async def _watch(self, readers: Readers) -> None:
        """Notice what other processes wrote: often while there is news, seldom when quiet."""
        pause_s = WATCH_S_MIN
        while True:
            self._subscribed.clear()
            if not self._subscriptions:
                await self._subscribed.wait()
            paths = {path for subscription in self._subscriptions for path in subscription.paths}
            try:
                changed = await readers.changed(paths)
            except BusUnreachable as error:
                _log.warning("%s: %s", self._directory.name, error.message)
                changed = set()
            for path in changed:
                self._on_ring(path)
            if paths <= self._doorbell.rung_here:
                pause_s = WATCH_S_HEARD
            else:
                pause_s = WATCH_S_MIN if changed else min(pause_s * WATCH_GROWTH, WATCH_S_MAX)
            await self._pause(pause_s)

    async def _pause(self, seconds: float) -> None:
        """Sleep, but not through a new subscription: its logs want to be watched at once."""
        try:
            async with asyncio.timeout(seconds):
                await self._subscribed.wait()
        except TimeoutError:
            return

    def _on_ring(self, path: Path) -> None:
        for subscription in self._subscriptions:
            if path in subscription.paths:
                subscription.wake()

    def _remember(self, subscription: SqliteSubscription) -> SqliteSubscription:
        self._subscriptions.add(subscription)
        self._subscribed.set()
        return subscription

    def _file(self, owner: str) -> Path:
        return self._directory / f"{owner}.log"

    def _path_of(self, topic: str) -> Path:
        if topic not in self._owners:
            raise UnknownTopic(topic)
        return self._file(self._owners[topic])

    def _writing(self) -> GroupCommit:
        self._reading()
        if self._own is None:
            raise NotOwner("this bus only reads: it was given no owner")
        return self._own

    def _reading(self) -> Readers:
        if self._readers is None:
            raise BusStopped("the bus is not running")
        return self._readers

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=f"bus {self._owner}: {name}")
        task.add_done_callback(_report)
        self._tasks.append(task)


def _report(task: asyncio.Task[None]) -> None:
    """Tell of a loop that ended by itself: health() shows it, and this says why."""
    if not task.cancelled():
        _log.critical("%s ended", task.get_name(), exc_info=task.exception())
