"""Where a bus under test lives: a folder of SQLite logs, or a real Kafka cluster.

A place makes buses, in this process or as a description that a child process opens, and ends
them all. The suite is written once and knows places only.
"""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, cast
from uuid import uuid4

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from deploy.kafka.broker import Broker
from shared.kernel.clock import Clock, FixedClock, SystemClock
from shared.messaging.bus import TP, EventBus, TopicSpec
from shared.messaging.kafka import KafkaBus
from shared.messaging.sqlite import SqliteBus

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
OWNER = "orders"
OWNERS = (OWNER, "permits")
SESSION_TIMEOUT_S = 6.0  # the least that a Kafka broker accepts


def open_bus(description: dict[str, Any], clock: Clock | None = None) -> EventBus:
    """Make the bus that a place has described, in whatever process this is."""
    clock = clock or SystemClock()
    if description["kind"] == "kafka":
        return KafkaBus(
            description["bootstrap"],
            client_id=description["owner"] or "reader",
            clock=clock,
            replicas=1,
            fence=description["fence"],
            session_timeout_s=SESSION_TIMEOUT_S,
        )
    directory, owner = Path(description["directory"]), description["owner"]
    return SqliteBus(directory, owner, description["owners"], clock=clock)


class Place:
    """What the suite needs of a kind of bus."""

    kind: ClassVar[str]

    def __init__(self) -> None:
        self.clock = FixedClock(NOW)
        self.owners: dict[str, str] = {}
        self._started: list[EventBus] = []
        self._numbers = count(1)
        self._run = uuid4().hex[:8]

    def name(self, what: str = "group") -> str:
        """Return a name that no other test uses."""
        return f"{what}-{self._run}-{next(self._numbers)}"

    def topic(self, owner: str = OWNER) -> str:
        """Name a topic of this owner; nobody has created it yet."""
        topic = f"{owner}.{self.name('events')}"
        self.owners[topic] = owner
        return topic

    def describe(self, owner: str | None = OWNER, *, fence: str | None = None) -> dict[str, Any]:
        raise NotImplementedError

    async def bus(self, owner: str | None = OWNER, *, fence: str | None = None) -> EventBus:
        """Return a running bus, which ends with the test."""
        bus = open_bus(self.describe(owner, fence=fence), self.clock)
        await bus.start()
        self._started.append(bus)
        return bus

    async def topic_on(
        self, bus: EventBus, *, partitions: int = 1, retention_s: int | None = None
    ) -> str:
        """Create a topic on its owner's bus."""
        topic = self.topic()
        await bus.ensure_topics([TopicSpec(topic, partitions, retention_s)])
        return topic

    async def forget_before(self, tp: TP, offset: int) -> None:
        """Let the log lose its oldest records, as retention does."""
        raise NotImplementedError

    def outage(self) -> AbstractAsyncContextManager[None]:
        """While it lasts nothing can be written."""
        raise NotImplementedError

    async def close(self) -> None:
        for bus in self._started:
            await bus.stop()


class SqlitePlace(Place):
    """A folder; an outage is somebody else holding the log's write lock."""

    kind = "sqlite"

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self.directory = directory

    def describe(self, owner: str | None = OWNER, *, fence: str | None = None) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "directory": str(self.directory),
            "owner": owner,
            "owners": self.owners,
        }

    async def forget_before(self, tp: TP, offset: int) -> None:
        raise NotImplementedError("the SQLite log has its own retention; see TestRetention")

    @asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        locked, release = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        def hold() -> None:
            with closing(sqlite3.connect(self.directory / f"{OWNER}.log", timeout=10)) as other:
                other.isolation_level = None
                other.execute("BEGIN IMMEDIATE")
                loop.call_soon_threadsafe(locked.set)
                release.wait(60)
                other.execute("ROLLBACK")

        holding = asyncio.create_task(asyncio.to_thread(hold))
        await locked.wait()
        try:
            yield
        finally:
            release.set()
            await holding


class KafkaPlace(Place):
    """A cluster; only one with a broker of its own can have an outage."""

    kind = "kafka"

    def __init__(self, bootstrap: str, broker: Broker | None = None) -> None:
        super().__init__()
        self.bootstrap = bootstrap
        self.broker = broker

    def describe(self, owner: str | None = OWNER, *, fence: str | None = None) -> dict[str, Any]:
        return {"kind": self.kind, "bootstrap": self.bootstrap, "owner": owner, "fence": fence}

    async def forget_before(self, tp: TP, offset: int) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.delete_records({TopicPartition(*tp): RecordsToDelete(before_offset=offset)})
        finally:
            await admin.close()

    @asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        broker = cast(Broker, self.broker)
        await asyncio.to_thread(broker.kill)
        try:
            yield
        finally:
            await asyncio.to_thread(broker.restart)


MakePlace = Callable[[], Place]
