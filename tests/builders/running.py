"""One service under test: its real app and database, events handed in, events read back.

The bus is left out: `hear` gives a record to the consumer as the loop would, `said` reads the
outbox. So a test decides about order and repetition, and nothing waits.
"""

import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
from fastapi.dependencies import models
from sqlalchemy import select

from shared.contracts.event import Envelope, Event
from shared.contracts.registry import topic_of
from shared.db.tables import messaging_tables
from shared.kernel.clock import FixedClock
from shared.kernel.ids import TimeOrderedIds
from shared.messaging.bus import Batch, InRecord
from shared.messaging.cloudevents import record_of
from shared.messaging.sqlite import SqliteBus
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.runtime.wiring import topic_owners
from tests.builders.migrated import migrated
from tests.builders.tokens import JWKS_URL, TokenOffice, all_scopes

EventType = TypeVar("EventType", bound=Event)

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


class Running:
    """A service that answers HTTP and hears what the test tells it."""

    def __init__(self, service: Service, clock: FixedClock, office: TokenOffice) -> None:
        self.service = service
        self.clock = clock
        self.office = office
        self.hub = office.hub
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=service.app, raise_app_exceptions=False),
            base_url=f"http://{service.name}",
            headers=office.headers(*all_scopes()),
        )
        self._keys = itertools.count(1)
        self._offsets = itertools.count()
        self._ids: dict[str, TimeOrderedIds] = {}

    async def post(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        """POST with a fresh Idempotency-Key unless the headers bring one."""
        headers = {"Idempotency-Key": f"key-{next(self._keys)}", **options.pop("headers", {})}
        return await self.http.post(path, json=json, headers=headers, **options)

    def wait(self, time: timedelta) -> None:
        """Let time pass; the caller fetches a fresh token, as its software would."""
        self.clock.move(time)
        self.http.headers.update(self.office.headers(*all_scopes()))

    def envelope(self, event: Event, *, key: str, origin: str | None = None) -> Envelope:
        """The envelope in which `origin`, this hub unless told otherwise, would say `event`."""
        hub = origin or self.hub
        ids = self._ids.setdefault(hub, TimeOrderedIds(hub, self.clock))
        return Envelope(
            id=ids.new("evt"),
            source=f"hub:{hub}/{event.service()}",
            type=event.wire_name,
            subject=key,
            time=self.clock.now().isoformat(),
            hub=hub,
            data=event.model_dump_json(exclude_none=True).encode(),
        )

    async def hear(
        self, event: Event, *, key: str = "a-key", origin: str | None = None, times: int = 1
    ) -> None:
        """Deliver an event, `times` times, as if from this hub or from a peer."""
        envelope = self.envelope(event, key=key, origin=origin)
        for _ in range(times):
            await self.deliver(envelope)

    async def deliver(self, envelope: Envelope) -> None:
        """Deliver one envelope as the consumer loop would."""
        origin = None if envelope.hub == self.hub else envelope.hub
        topic = topic_of(envelope.service, origin=origin)
        out = record_of(envelope, topic)
        offset = next(self._offsets)
        record = InRecord(topic, out.key, out.value, out.headers, 0, 0, offset)
        await self.service.consumer.handle(Batch(topic, 0, [record], offset + 1, offset + 1))

    async def envelopes(self) -> list[Envelope]:
        """What the service has said so far, oldest first."""
        outbox = messaging_tables(self.service.store.metadata).outbox
        async with self.service.store.database.reading() as connection:
            rows = (await connection.execute(select(outbox).order_by(outbox.c.id))).all()
        result = []
        for row in rows:
            named = msgspec.json.decode(row.attributes, type=dict[str, str])
            named.pop("specversion")
            sequence = int(named.pop("sequence", "0"))
            result.append(Envelope(**named, sequence=sequence, data=row.data))
        return result

    async def said(self, event: type[EventType]) -> list[EventType]:
        """The events of one type that the service has said so far, oldest first."""
        return [
            event.model_validate_json(envelope.data)
            for envelope in await self.envelopes()
            if envelope.type == event.wire_name
        ]

    async def quarantined(self) -> list[tuple[str, str]]:
        """Reason and detail of every record set aside."""
        table = messaging_tables(self.service.store.metadata).quarantine
        async with self.service.store.database.reading() as connection:
            rows = (await connection.execute(select(table).order_by(table.c.id))).all()
        return [(row.reason, row.detail) for row in rows]


@asynccontextmanager
async def running(
    create_service: Callable[..., Service],
    settings_type: type[Settings],
    *,
    database_url: str,
    directory: Path,
    hub: str = "cn-hgh",
    peers: Sequence[str] = ("my-kul",),
    clock: FixedClock | None = None,
    is_migrated: bool = False,
    **settings: Any,
) -> AsyncIterator[Running]:
    """Run a service on a database, as its API process would run."""
    clock = clock or FixedClock(NOON)
    office = TokenOffice(hub, clock)
    values = settings_type(
        hub=hub,
        peers=tuple(peers),
        profile="test",
        database_url=database_url,
        bus="sqlite",
        bus_directory=directory / "bus",
        jwks_url=JWKS_URL,
        **settings,
    )
    name = create_service.__module__.split(".")[1]
    bus = SqliteBus(directory / "bus", name, topic_owners(tuple(peers)), clock=clock)
    service = create_service(values, bus=bus, clock=clock, transport=office.transport())
    if not is_migrated:
        await migrated(service)
    try:
        async with service.running("api"):
            result = Running(service, clock, office)
            async with result.http:
                yield result
    finally:
        forget_calls()


def forget_calls() -> None:
    """Let go of an app that is over.

    FastAPI remembers what kind of function each of thousands of routes and dependencies is; ours
    hold their service, so a run of the tests would keep hundreds of whole apps, and slow down.
    """
    for kind in ("gen", "async_gen", "coroutine"):
        getattr(models, f"_is_{kind}_callable_cached").cache_clear()
