"""Two exchange services in one process, their loops stopped: the test says when each step happens.

The wire between them can lose, repeat, reorder and change what it carries.
"""

import itertools
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import LargeBinary, Table, select

from deploy.identity import Identity
from services.exchange.consumers.contracts import StepTeller
from services.exchange.consumers.documents import DocumentKeeper
from services.exchange.consumers.epochs import EpochKeeper
from services.exchange.consumers.heads import HeadKeeper
from services.exchange.consumers.link import Link
from services.exchange.consumers.newer import NewerVersions
from services.exchange.consumers.patience import Patience
from services.exchange.consumers.peers import Pulled, Puller
from services.exchange.consumers.people import ErasureTeller
from services.exchange.domain.frame import Frame, pack, unpack
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.snapshot import BEHIND
from services.exchange.service import create_service
from services.exchange.settings import ExchangeSettings
from services.exchange.store.tables import metadata
from services.exchange.usecases.framer import Framer
from services.exchange.usecases.recorder import Recorder
from services.exchange.usecases.shipper import Shipper
from shared.contracts.event import Envelope, Event
from shared.contracts.orders.events import OrderCancelled
from shared.contracts.registry import topic_of
from shared.kernel.clock import FixedClock
from shared.kernel.ids import TimeOrderedIds, derived_id
from shared.messaging.bus import Batch, EventBus, InRecord
from shared.messaging.cloudevents import record_of
from shared.messaging.kafka import KafkaBus
from shared.messaging.sqlite import SqliteBus
from shared.runtime.service import Service
from shared.runtime.wiring import topic_owners
from shared.web.client import ByHost, in_process
from tests.builders.migrated import migrated
from tests.builders.running import NOON, forget_calls
from tests.builders.tokens import JWKS_URL, TokenOffice, all_scopes, new_key_pem

CN, MY = "cn-hgh", "my-kul"
PAIR_SECRET = "a secret that only these two hubs share"
Alter = Callable[[list[Frame]], list[Frame]]


class Wire(httpx.AsyncBaseTransport):
    """The network towards one hub."""

    def __init__(self) -> None:
        self.app: Any = None
        self.is_cut = False
        self.alter: Alter = list
        self.carried: list[Frame] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_cut:
            raise httpx.ConnectError("the link is cut")
        reply = await in_process(self.app).handle_async_request(request)
        if request.url.path != "/v1/feed" or reply.status_code != 200:
            return reply
        frames = self.alter(unpack(await reply.aread(), frames_max=500))
        self.carried += frames
        told = {name: reply.headers[name] for name in (BEHIND,) if name in reply.headers}
        content = b"".join(pack(frame) for frame in frames)
        return httpx.Response(200, content=content, headers=told)


class Hub:
    """One hub's exchange, and what a test wants of it."""

    def __init__(self, service: Service, key: SigningKey, office: TokenOffice) -> None:
        self.service = service
        self.name = office.hub
        self.office = office
        self.key = key
        self.store = service.store
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=service.app, raise_app_exceptions=False),
            base_url="http://exchange",
            headers=office.headers(*all_scopes()),
        )
        owners = {type(loop.__self__): loop.__self__ for loop in service.loops}  # type: ignore[attr-defined]
        self.framer: Framer = owners[Framer]
        self.link: Link = owners[Link]
        self.puller: Puller = self.link.puller
        self.shipper: Shipper | None = owners.get(Shipper)
        self.documents: DocumentKeeper = owners[DocumentKeeper]
        self.recorder: Recorder = owners[Recorder]
        self.epochs: EpochKeeper = owners[EpochKeeper]
        self.heads: HeadKeeper = owners[HeadKeeper]
        self.teller: StepTeller = owners[StepTeller]
        self.erasures: ErasureTeller = owners[ErasureTeller]
        self.newer: NewerVersions = owners[NewerVersions]
        self._ids = TimeOrderedIds(self.name, office.clock)
        self._offsets = itertools.count()
        self._keys = itertools.count(1)

    async def post(self, path: str, body: object = None) -> httpx.Response:
        """POST with a fresh Idempotency-Key."""
        headers = {"Idempotency-Key": f"key-{next(self._keys)}"}
        return await self.http.post(path, headers=headers, json=body)

    def envelope(self, event: Event, *, key: str, audience: str = "", version: int = 1) -> Envelope:
        """The envelope in which a service of this hub says `event`."""
        return Envelope(
            id=self._ids.new("evt"),
            source=f"hub:{self.name}/{event.service()}",
            type=event.wire_name,
            subject=key,
            time=NOON.isoformat(),
            hub=self.name,
            data=event.model_dump_json(exclude_none=True).encode(),
            audience=audience,
            sequence=version,
        )

    async def say(self, *envelopes: Envelope, partition: int = 0) -> None:
        """Let the exchange hear one polled batch of a service of its own hub."""
        topic = topic_of(envelopes[0].service)
        records = []
        for envelope in envelopes:
            out = record_of(envelope, topic)
            at = next(self._offsets)
            records.append(InRecord(topic, out.key, out.value, out.headers, partition, 0, at))
        end = records[-1].offset + 1
        await self.service.consumer.handle(Batch(topic, partition, records, end, end))

    async def close(self) -> int:
        """Close the frames that wait."""
        return await self.framer.close()

    async def pull(self) -> bool:
        """Pull once from the peer and hand over the receipts; say whether all streams moved on."""
        self.puller.patience = Patience(time.monotonic)
        pulled: Pulled = await self.puller.pull()
        await self.puller.give_receipts()
        return pulled.clean

    async def ask_document(self) -> bool:
        """Ask the peer for its document once; say whether it was believed."""
        return await self.documents.ask(self.puller.taker.peer)

    async def rows(self, table: Table) -> list[dict[str, Any]]:
        """Everything a table holds, by primary key."""
        async with self.store.database.reading() as connection:
            found = await connection.execute(select(table).order_by(*table.primary_key.columns))
            return [dict(row) for row in found.mappings()]

    async def bytes_at_rest(self) -> bytes:
        """All that any table of this service holds, one after another."""
        held = []
        for table in metadata.sorted_tables:
            for row in await self.rows(table):
                for column in table.columns:
                    value = row[column.name]
                    is_binary = isinstance(column.type, LargeBinary) and value is not None
                    held.append(bytes(value) if is_binary else str(value).encode())
        return b"\n".join(held)

    async def numbers(self, key: str) -> list[int]:
        """The numbers that an outgoing stream has given."""
        egress = metadata.tables["egress"]
        return [row["seq"] for row in await self.rows(egress) if row["stream"] == key]

    async def stop_reason(self, key: str) -> str | None:
        """Why an incoming stream stands still."""
        streams = (await self.http.get("/v1/streams")).json()
        [found] = [s for s in streams if (s["stream"], s["role"]) == (key, "destination")]
        reason: str | None = found["stop_reason"]
        return reason

    async def hashes(self, role: str) -> dict[str, str]:
        """The projection hash of every stream in which this hub has that role."""
        views = (await self.http.get("/v1/projections")).json()
        return {view["stream"]: view["hash"] for view in views if view["role"] == role}

    async def said(self, event: type[Event]) -> list[Any]:
        """What the exchange said of itself, oldest first."""
        outbox = await self.rows(metadata.tables["outbox"])
        return [
            event.model_validate_json(row["data"])
            for row in outbox
            if json.loads(row["attributes"])["type"] == event.wire_name
        ]


@asynccontextmanager
async def a_hub(
    name: str,
    peer: str,
    *,
    database_url: str,
    directory: Path,
    pems: dict[str, str],
    wire: Wire,
    kafka: str = "",
    identity: Identity | None = None,
) -> AsyncIterator[Hub]:
    """One migrated hub whose peer is reached through `wire`; with `kafka`, both hubs' brokers.

    With `identity` it trusts the anchors in there, else both hubs pin each other's keys.
    """
    clock = FixedClock(NOON)
    office = TokenOffice(name, clock)
    key, other = (SigningKey.from_pem(pems[hub].encode()) for hub in (name, peer))
    anchor = {
        "hub": peer,
        "url": f"http://{peer}",
        "keys": [other.public_jwk()],
        "pair_secret": PAIR_SECRET,
        "kafka_bootstrap": kafka,
    }
    directory.mkdir(exist_ok=True)
    anchors = directory / "anchors.json"
    if identity is None:
        anchors.write_text(json.dumps({"peers": [anchor]}))
    settings = ExchangeSettings(
        hub=name,
        peers=(peer,),
        profile="test",
        database_url=database_url,
        bus="kafka" if kafka else "sqlite",
        kafka_replicas=1,
        bus_directory=directory / "bus",
        jwks_url=JWKS_URL,
        signing_key=pems[name],
        anchors_file=anchors,
        pairing_key=SecretStr(identity.pairing.read_text()) if identity else None,
        document_file=identity.document if identity else None,
    )
    bus: EventBus = SqliteBus(directory / "bus", "exchange", topic_owners((peer,)), clock=clock)
    if kafka:
        bus = KafkaBus(kafka, client_id="exchange", clock=clock, replicas=1)
    transport = ByHost({"members": office.transport(), peer: wire})
    service = create_service(settings, bus=bus, clock=clock, transport=transport)
    await migrated(service)
    try:
        async with service.running("api"), transport:
            hub = Hub(service, key, office)
            async with hub.http:
                yield hub
    finally:
        forget_calls()


@asynccontextmanager
async def two_hubs(
    *,
    urls: Sequence[str],
    directory: Path,
    dest: str = MY,
    kafka: str = "",
    identities: Mapping[str, Identity] | None = None,
) -> AsyncIterator[tuple[Hub, Hub, Wire]]:
    """cn-hgh, my-kul, and the wire on which my-kul reaches cn-hgh."""
    known = identities or {}
    pems = {hub: known[hub].signing.read_text() if known else new_key_pem() for hub in (CN, dest)}
    towards_cn, towards_my = Wire(), Wire()
    async with AsyncExitStack() as stack:
        cn, my = [
            await stack.enter_async_context(
                a_hub(
                    name,
                    peer,
                    database_url=url,
                    directory=directory / name,
                    pems=pems,
                    wire=wire,
                    kafka=kafka,
                    identity=known.get(name),
                )
            )
            for name, peer, url, wire in (
                (CN, dest, urls[0], towards_my),
                (dest, CN, urls[1], towards_cn),
            )
        ]
        towards_cn.app, towards_my.app = cn.service.app, my.service.app
        yield cn, my, towards_cn


async def introduced(both: tuple[Hub, Hub, Wire]) -> tuple[Hub, Hub, Wire]:
    """Both hubs after each has read the other's document."""
    cn, my, wire = both
    assert await cn.ask_document()
    assert await my.ask_document()
    return cn, my, wire


def signs_with(hub: Hub, identity: Identity) -> None:
    """Let a hub sign with the key in its folder, as after a restart."""
    key = SigningKey.from_pem(identity.signing.read_bytes())
    hub.framer._key = key
    hub.puller.taker.key = key
    hub.recorder._key = key
    hub.puller.feed._key = key


ORDERS = f"{CN}/{MY}/orders/0"
"""The stream that most tests look at."""


def cancelled(number: int = 1, *, reason: str = "buyer-request") -> OrderCancelled:
    return OrderCancelled(order_id=order_id(number), order_no=f"T{number}", reason=reason)


def order_id(number: int) -> str:
    return derived_id("ord", CN, str(number))


async def say_cancelled(hub: Hub, *numbers: int, reason: str = "buyer-request") -> None:
    """Let the hub's orders say that each of these orders was cancelled, and close the frame."""
    said = [hub.envelope(cancelled(n, reason=reason), key=order_id(n)) for n in numbers]
    await hub.say(*said)
    await hub.close()
