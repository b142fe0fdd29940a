"""Two whole exchanges in one process, founded with each other, running as they do in a hub."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

from services.exchange.domain.keys import SigningKey
from services.exchange.service import create_service
from services.exchange.settings import ExchangeSettings
from shared.contracts.event import Envelope
from shared.contracts.registry import topic_of
from shared.kernel.clock import SystemClock
from shared.messaging.bus import Batch, InRecord
from shared.messaging.cloudevents import record_of
from shared.messaging.sqlite import SqliteBus
from shared.runtime.service import Role, Service
from shared.runtime.wiring import topic_owners
from shared.web.client import ByHost, Transport, in_process
from tests.bench.sample_events import STREAM
from tests.builders.running import forget_calls
from tests.builders.tokens import JWKS_URL, new_key_pem
from tests.real import RealServers

HUBS = (STREAM.origin, STREAM.dest)


PartT = TypeVar("PartT")


class TwoHubs(NamedTuple):
    """The hub whose events cross, and the one that takes them."""

    origin: Service
    dest: Service

    async def say(self, envelopes: Sequence[Envelope], *, after: int) -> None:
        """Let the origin hear these events of its own customs, as one batch from its bus."""
        topic = topic_of(STREAM.area)
        out = [record_of(each, topic) for each in envelopes]
        records = [
            InRecord(topic, each.key, each.value, each.headers, 0, 0, offset)
            for offset, each in enumerate(out, start=after)
        ]
        end = after + len(records)
        await self.origin.consumer.handle(Batch(topic, 0, records, end, end))

    @staticmethod
    def part_of(service: Service, kind: type[PartT]) -> PartT:
        """The object of this kind that one of the service's loops runs."""
        owners = [loop.__self__ for loop in service.loops]  # type: ignore[attr-defined]
        [found] = [owner for owner in owners if isinstance(owner, kind)]
        return found


@contextmanager
def databases(folder: Path, *, real: bool) -> Iterator[list[str]]:
    """A PostgreSQL database for each hub, or a SQLite file where it need not be real."""
    if not real:
        yield [f"sqlite+aiosqlite:///{folder}/{hub}.db" for hub in HUBS]
        return
    servers = RealServers.lead()
    try:
        with servers.own_postgres(fsync=False) as server:
            names = [hub.replace("-", "_") for hub in HUBS]
            for name in names:
                server.create_database(name)
            yield [server.url(n).replace("postgresql://", "postgresql+asyncpg://") for n in names]
    finally:
        servers.stop()


@asynccontextmanager
async def two_hubs(urls: Sequence[str], folder: Path, *, role: Role) -> AsyncIterator[TwoHubs]:
    """Both exchanges, migrated and running; HTTP between them stays in this process."""
    pems = {hub: new_key_pem() for hub in HUBS}
    network: dict[str, Transport] = {}
    services = []
    for (hub, peer), url in zip((HUBS, HUBS[::-1]), urls, strict=True):
        clock = SystemClock()
        anchor = {
            "hub": peer,
            "url": f"http://{peer}",
            "keys": [SigningKey.from_pem(pems[peer].encode()).public_jwk()],
            "pair_secret": "x" * 32,
        }
        anchors = folder / f"{hub}.anchors.json"
        anchors.write_text(json.dumps({"peers": [anchor]}))
        settings = ExchangeSettings(
            hub=hub,
            peers=(peer,),
            profile="test",
            database_url=url,
            bus="sqlite",
            bus_directory=folder / hub,
            jwks_url=JWKS_URL,
            signing_key=pems[hub],
            anchors_file=anchors,
            partitions=1,
        )
        bus = SqliteBus(folder / hub, "exchange", topic_owners((peer,)), clock=clock)
        service = create_service(settings, bus=bus, clock=clock, transport=ByHost(network))
        network[hub] = in_process(service.app)
        services.append(service)
    async with AsyncExitStack() as stack:
        stack.callback(forget_calls)
        for service in services:
            await service.migrate()
        for service in services:
            await stack.enter_async_context(service.running(role))
        yield TwoHubs(*services)
