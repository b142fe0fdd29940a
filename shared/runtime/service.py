"""A service's life: what it is made of, how it starts and how it stops, alone or in a hub.

`api` answers HTTP, `worker` relays, consumes and keeps time, `all` does both. The order is always
the same: database, bus, topics, then the loops; stopping goes the other way and waits for each.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import structlog
from fastapi import APIRouter, FastAPI
from sqlalchemy import delete

from shared.contracts.registry import topic_of
from shared.db.migrations import check_schema, migrate
from shared.db.tables import messaging_tables
from shared.db.tx import Store
from shared.kernel.clock import Clock
from shared.kernel.errors import Unavailable
from shared.messaging.bus import BusError, EventBus, TopicSpec
from shared.messaging.consumer import Consumer
from shared.messaging.hearing import Listening
from shared.messaging.relay import Relay
from shared.runtime import moved_clock, operate
from shared.runtime.settings import VERSION, Settings
from shared.web.app import create_app
from shared.web.auth import TokenVerifier
from shared.web.health import Health, Metrics

log = structlog.get_logger(__name__)

RETENTION_S = 7 * 24 * 3600
"""How long the local log keeps events; consumers further behind must replay from their owner."""
INBOX_KEPT = timedelta(seconds=2 * RETENTION_S)
REPLIES_KEPT = timedelta(hours=24)
HOUSEKEEPING_S = 600.0
GAUGES_S = 5.0
TOPIC_RETRY_S = 2.0

Role = Literal["all", "api", "worker"]


@dataclass(frozen=True)
class Timer:
    """Something that happens because time passed, in a transaction of its own."""

    every_s: float
    work: Callable[[Any], Awaitable[None]]


def every(seconds: float, work: Callable[[Any], Awaitable[None]]) -> Timer:
    """Say that `work(tx)` runs every so many seconds."""
    return Timer(seconds, work)


@dataclass
class Service:
    """One service of one hub, ready to run."""

    name: str
    settings: Settings
    store: Store[Any]
    migrations: Path
    bus: EventBus
    verifier: TokenVerifier
    description: str
    routers: Sequence[APIRouter] = ()
    hearings: Sequence[Listening] = ()
    timers: Sequence[Timer] = ()
    loops: Sequence[Callable[[], Awaitable[None]]] = ()
    """Work of its own that runs beside the usual loops, for example the e-road's pullers."""
    topics: Sequence[TopicSpec] = ()
    """Topics it owns besides `<name>.events`."""
    on_start: Sequence[Callable[[], Awaitable[None]]] = ()
    on_stop: Sequence[Callable[[], Awaitable[None]]] = ()
    app: FastAPI = field(init=False)
    consumer: Consumer = field(init=False)
    relay: Relay = field(init=False)
    metrics: Metrics = field(init=False)

    def __post_init__(self) -> None:
        self.metrics = Metrics(self.name, self.settings.hub)
        self.relay = Relay(
            self.store,
            self.bus,
            on_published=lambda count: self.metrics.published.inc(count),
            make_topics=lambda: self.bus.ensure_topics(self._own_topics),
        )
        self.consumer = Consumer(
            self.store,
            self.bus,
            self.hearings,
            peers=self.settings.peers,
            member=f"{self.name}-{self.settings.member_name}",
            on_handled=lambda topic, n: self.metrics.handled.labels(topic).inc(n),
            on_quarantined=lambda topic, why: self.metrics.quarantined.labels(topic, why).inc(),
        )
        self._health = Health(self.metrics, {"database": self._database_answers})
        self.app = create_app(
            self.name,
            version=VERSION,
            description=self.description,
            routers=[
                *self.routers,
                operate.router,
                *self._test_mode_routers(),
            ],
            store=self.store,
            verifier=self.verifier,
            health=self._health,
            requests_per_minute=self.settings.requests_per_minute,
        )
        self.app.state.consumer = self.consumer

    def _test_mode_routers(self) -> Sequence[APIRouter]:
        movable = self.settings.profile == "test" and hasattr(self.clock, "move")
        return [moved_clock.router] if movable else []

    @property
    def clock(self) -> Clock:
        return self.store.clock

    @property
    def _own_topics(self) -> Sequence[TopicSpec]:
        return [TopicSpec(topic_of(self.name), self.settings.partitions, RETENTION_S), *self.topics]

    async def migrate(self) -> None:
        """Bring this service's database up to date."""
        await migrate(self.store.database, self.migrations)

    @asynccontextmanager
    async def running(self, role: Role = "all") -> AsyncIterator["Service"]:
        """Run the service until the block is left."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(asyncio.to_thread, self.store.tracer.stop)
            stack.push_async_callback(self.store.database.stop)
            stack.push_async_callback(self.verifier.client.aclose)
            await check_schema(self.store.database, self.migrations)
            for stop in self.on_stop:
                stack.push_async_callback(stop)
            for start in self.on_start:
                await start()
            if role != "api":
                await self._start_bus(stack)
                tasks = [self._supervise(loop) for loop in self._loops()]
                stack.push_async_callback(_stop, [asyncio.create_task(t) for t in tasks])
            yield self

    async def _start_bus(self, stack: AsyncExitStack) -> None:
        """Wait for the bus and make sure that our topics exist; the API answers meanwhile."""
        started = asyncio.create_task(self._until_bus_answers(self._own_topics))
        stack.push_async_callback(self.bus.stop)
        stack.push_async_callback(_stop, [started])
        self._bus_ready = started

    async def _until_bus_answers(self, specs: Sequence[TopicSpec]) -> None:
        started = False
        while True:
            try:
                if not started:
                    await self.bus.start()
                    started = True
                await self.bus.ensure_topics(specs)
                self._health.degraded.pop("bus", None)
                return
            except (BusError, Unavailable, OSError, TimeoutError) as error:
                self._health.degraded["bus"] = "the event bus does not answer"
                log.warning("bus.waiting", service=self.name, why=str(error))
                await asyncio.sleep(TOPIC_RETRY_S)

    def _loops(self) -> list[Callable[[], Awaitable[None]]]:
        async def after_bus(work: Callable[[], Awaitable[None]]) -> None:
            await asyncio.shield(self._bus_ready)
            await work()

        return [
            lambda: after_bus(self.relay.run),
            lambda: after_bus(self.consumer.run),
            *(lambda loop=loop: after_bus(loop) for loop in self.loops),
            *(lambda timer=timer: self._keep(timer) for timer in self.timers),
            lambda: self._keep(Timer(HOUSEKEEPING_S, self._forget_old)),
            lambda: after_bus(self._show_gauges),
        ]

    async def _supervise(self, loop: Callable[[], Awaitable[None]]) -> None:
        """Keep a loop alive: a failure nobody foresaw is logged and the loop starts again."""
        while True:
            try:
                await loop()
                return
            except Exception:
                log.exception("loop.failed", service=self.name)
                await asyncio.sleep(1)

    async def _keep(self, timer: Timer) -> None:
        while True:
            await asyncio.sleep(timer.every_s)
            try:
                await self._in_time(timer)
            except Unavailable as error:
                log.warning("timer.waiting", service=self.name, why=error.message)

    async def _in_time(self, timer: Timer) -> None:
        """Do a timer's work once, as the beginning of a trace."""
        name = f"timer {getattr(timer.work, '__name__', 'work').strip('_')}"
        with self.store.tracer.span(name, "internal") as span:
            async with self.store.transaction(traceparent=span.traceparent) as tx:
                await timer.work(tx)

    async def _forget_old(self, tx: Any) -> None:
        """Delete inbox rows and stored replies that are past their time."""
        tables = messaging_tables(self.store.metadata)
        inbox, replies = tables.inbox, tables.idempotency
        await tx.connection.execute(delete(inbox).where(inbox.c.handled_at < tx.now - INBOX_KEPT))
        await tx.connection.execute(
            delete(replies).where(replies.c.created_at < tx.now - REPLIES_KEPT)
        )

    async def _show_gauges(self) -> None:
        while True:
            await self._look_at_bus()
            try:
                self.metrics.outbox_waiting.set(await self.relay.waiting())
                for tp, behind in (await self.consumer.lag()).items():
                    self.metrics.lag.labels(f"{tp.topic}/{tp.partition}").set(behind)
            except (BusError, Unavailable) as error:
                log.debug("gauges.waiting", service=self.name, why=error.message)
            await asyncio.sleep(GAUGES_S)

    async def _look_at_bus(self) -> None:
        """Say so while the bus is away: the API answers on, and events wait in the outbox."""
        health = await self.bus.health()
        if health.ok:
            self._health.degraded.pop("bus", None)
        elif self._health.degraded.get("bus") is None:
            self._health.degraded["bus"] = "the event bus does not answer"
            log.warning("bus.away", service=self.name, why=health.detail)

    async def _database_answers(self) -> None:
        async with self.store.reading() as tx:
            await tx.connection.exec_driver_sql("SELECT 1")


async def _stop(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
