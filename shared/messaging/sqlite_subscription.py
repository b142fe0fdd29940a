"""Reading the SQLite logs of many owners from one event loop, through one reading thread."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from shared.messaging.bus import (
    POLL_RECORDS_MAX,
    POLL_TIMEOUT_S,
    TP,
    Batch,
    BusStopped,
    BusUnreachable,
    NotAssigned,
    OnAssign,
    Start,
)
from shared.messaging.sqlite_reader import Extent, LogReader

P = ParamSpec("P")
T = TypeVar("T")


class Readers:
    """The reading connections of one bus: a log per owner, all on one thread."""

    def __init__(self, path_of: Callable[[str], Path]) -> None:
        self._path_of = path_of  # raises UnknownTopic
        self._by_path: dict[Path, LogReader] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bus-read")

    def paths(self, topics: Iterable[str]) -> set[Path]:
        """Return the files that hold these topics, or raise UnknownTopic."""
        return {self._path_of(topic) for topic in topics}

    async def changed(self, paths: Iterable[Path]) -> set[Path]:
        """Return which logs have something new since this was last asked."""
        readers = [self._reader(path) for path in paths]
        return await self._run(lambda: {reader.path for reader in readers if reader.changed()})

    async def extents(self, topics: Iterable[str]) -> dict[TP, Extent]:
        """Return what the logs hold of those topics that exist."""
        jobs = [(self._reader(path), own) for path, own in self._by_file(topics).items()]

        def read() -> dict[TP, Extent]:
            return {tp: found for reader, own in jobs for tp, found in reader.extents(own).items()}

        return await self._run(read)

    async def fetch(self, positions: Mapping[TP, int], limit: int) -> list[Batch]:
        """Read on from these positions, the first named first, up to `limit` records."""
        by_reader: dict[Path, dict[TP, int]] = {}
        for tp, position in positions.items():
            by_reader.setdefault(self._path_of(tp.topic), {})[tp] = position
        jobs = [(self._reader(path), own) for path, own in by_reader.items()]

        def read() -> list[Batch]:
            batches: list[Batch] = []
            for reader, own in jobs:
                room = limit - sum(len(batch.records) for batch in batches)
                if room <= 0:
                    break
                batches += reader.fetch(own, room)
            return batches

        return await self._run(read)

    async def offset_at(self, tp: TP, ts_ms: int) -> int | None:
        """Search the log slice by slice, so that other readers get their turn in between."""
        reader = self._reader(self._path_of(tp.topic))
        start: int | None = 0
        while start is not None:
            found, start = await self._run(reader.offset_at, tp, ts_ms, start)
            if found is not None:
                return found
        return None

    async def close(self) -> None:
        readers = list(self._by_path.values())
        await self._run(_close_all, readers)
        self._thread.shutdown(wait=False)

    def _by_file(self, topics: Iterable[str]) -> dict[Path, list[str]]:
        found: dict[Path, list[str]] = {}
        for topic in topics:
            found.setdefault(self._path_of(topic), []).append(topic)
        return found

    def _reader(self, path: Path) -> LogReader:
        if path not in self._by_path:
            self._by_path[path] = LogReader(path)
        return self._by_path[path]

    async def _run(self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        def run() -> T:
            try:
                return job(*args, **kwargs)
            except sqlite3.Error:
                _close_all(list(self._by_path.values()))  # opened again by the next question
                raise

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, run)
        except sqlite3.Error as error:
            raise BusUnreachable(f"reading the log failed: {error}") from error


class SqliteSubscription:
    """A reader of some topics, or of fixed partitions, with its positions in memory only."""

    def __init__(
        self,
        readers: Readers,
        *,
        topics: Sequence[str] = (),
        positions: Mapping[TP, int] | None = None,
        on_assign: OnAssign | None = None,
        start: Start = "earliest",
        on_close: Callable[["SqliteSubscription"], None],
    ) -> None:
        self._positions = dict(positions or {})  # least recently served first
        self.paths = readers.paths({*topics, *(tp.topic for tp in self._positions)})
        self._readers = readers
        self._missing = set(topics)  # topics that nobody has created yet
        self._on_assign = on_assign
        self._start = start
        self._on_close = on_close
        self._paused: set[TP] = set()
        self._news = asyncio.Event()
        self._polling = asyncio.Lock()
        self._closed = False

    def wake(self) -> None:
        """Look again: something was committed."""
        self._news.set()

    async def poll(
        self, max_records: int = POLL_RECORDS_MAX, timeout: float = POLL_TIMEOUT_S
    ) -> list[Batch]:
        async with self._polling:
            deadline = asyncio.get_running_loop().time() + timeout
            while True:
                self._news.clear()
                batches = await self._read_on(max_records)
                if batches or not await self._news_before(deadline):
                    return batches

    async def ack(self, offsets: Mapping[TP, int]) -> None:
        """Do nothing: the position that counts is in the consumer's own database."""

    async def seek(self, tp: TP, offset: int) -> None:
        if tp not in self._positions:
            raise NotAssigned(f"{tp.topic}/{tp.partition} is not read here", topic=tp.topic)
        self._positions[tp] = offset
        self._news.set()

    def pause(self, tps: Iterable[TP]) -> None:
        self._paused.update(tps)

    def resume(self, tps: Iterable[TP]) -> None:
        self._paused.difference_update(tps)
        self._news.set()

    async def lag(self) -> Mapping[TP, int]:
        extents = await self._readers.extents({tp.topic for tp in self._positions})
        return {
            tp: extents[tp].end - position
            for tp, position in self._positions.items()
            if tp in extents
        }

    async def close(self) -> None:
        self._closed = True
        self._news.set()
        self._on_close(self)

    async def _read_on(self, max_records: int) -> list[Batch]:
        self._refuse_if_closed()
        if self._missing:
            await self._assign()
        wanted = {tp: at for tp, at in self._positions.items() if tp not in self._paused}
        batches = await self._readers.fetch(wanted, max_records)
        self._refuse_if_closed()
        # A seek or a pause that came while the thread was reading wins over what it read.
        batches = [
            batch
            for batch in batches
            if batch.tp not in self._paused and self._positions[batch.tp] == wanted[batch.tp]
        ]
        for batch in batches:
            del self._positions[batch.tp]
            self._positions[batch.tp] = batch.next_offset
        return batches

    async def _assign(self) -> None:
        extents = await self._readers.extents(self._missing)
        if not extents:
            return
        stored = {} if self._on_assign is None else await self._on_assign(set(extents))
        for tp, extent in extents.items():
            first = extent.start if self._start == "earliest" else extent.end
            self._positions[tp] = stored.get(tp, first)
        self._missing -= {tp.topic for tp in extents}

    async def _news_before(self, deadline: float) -> bool:
        try:
            async with asyncio.timeout_at(deadline):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise BusStopped("this subscription is closed")


def _close_all(readers: Sequence[LogReader]) -> None:
    for reader in readers:
        reader.close()
