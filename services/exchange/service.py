"""How `exchange` is put together: the only file that knows every room."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec

from services.exchange.api import feed, streams
from services.exchange.api.deps import Road
from services.exchange.clients.feed import Feed
from services.exchange.consumers.everything import gatherings
from services.exchange.consumers.frames import FrameTaker
from services.exchange.consumers.peers import Puller
from services.exchange.domain.agreement import Agreements, Check, Schema
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.peer import read_anchors
from services.exchange.settings import ExchangeSettings
from services.exchange.store.tables import metadata
from services.exchange.store.tx import ExchangeTx
from services.exchange.usecases.framer import Framer
from shared.contracts.registry import EVENTS, SERVICES, topic_of
from shared.kernel.clock import Clock
from shared.messaging.bus import EventBus, TopicSpec
from shared.runtime.service import RETENTION_S, Service
from shared.runtime.wiring import store_for, verifier_for
from shared.web.client import Transport, http_client

NAME = "exchange"


def create_service(
    settings: ExchangeSettings,
    *,
    bus: EventBus,
    clock: Clock,
    transport: Transport | None = None,
) -> Service:
    """Build the service; nothing runs before `Service.running()`."""
    store = store_for(settings, NAME, metadata=metadata, tx_type=ExchangeTx, clock=clock)
    key = SigningKey.from_pem(settings.signing_key.get_secret_value().encode())
    peers = read_anchors(settings.anchors_file.read_bytes())
    schemas = _schemas()
    agreements = Agreements(schemas, _check_for)
    framer = Framer(store, key=key, schema_set=_schema_set(schemas))
    client = http_client(transport=transport)
    pullers = [
        Puller(
            store,
            Feed(peer, client, hub=settings.hub, key=key, clock=clock),
            FrameTaker(
                store,
                peer,
                agreements.rules(),
                key,
                clocks_may_differ=settings.profile == "test",
            ),
        )
        for peer in peers.values()
    ]

    async def ensure_contracts() -> None:
        async with store.transaction() as tx:
            for hub in peers:
                await tx.contracts.ensure(hub, schemas)

    service = Service(
        name=NAME,
        settings=settings,
        store=store,
        migrations=Path(__file__).parent / "store" / "migrations",
        bus=bus,
        verifier=verifier_for(settings, clock=clock, transport=transport),
        description="The e-road: signed, ordered streams between hubs that prove they agree.",
        routers=[feed.router, streams.router],
        hearings=gatherings(peers, agreements),
        loops=[framer.run, *(puller.run for puller in pullers)],
        topics=[
            TopicSpec(topic_of(area, origin=hub), settings.partitions, RETENTION_S)
            for hub in settings.peers
            for area in SERVICES
        ],
        on_start=[ensure_contracts],
    )
    service.app.state.road = Road(
        hub=settings.hub,
        peers=peers,
        framer=framer,
        store=store,
        clocks_may_differ=settings.profile == "test",
    )
    return service


def _schemas() -> Mapping[str, Schema]:
    """Return the JSON Schema of every type that may leave a hub."""
    schemas: dict[str, dict[str, Any]] = {}
    for name, event in EVENTS.items():
        if event.leaves_hub:
            schemas[name] = event.model_json_schema()
    return schemas


def _schema_set(schemas: Mapping[str, Schema]) -> str:
    """Name the set of schemas a frame was written under."""
    digest = hashlib.sha256(json.dumps(schemas, sort_keys=True).encode()).hexdigest()
    return digest[:16]


def _check_for(schema: Schema) -> Check:
    """Return what says why data does not fit a schema, None when it does; values are not shown."""
    validator = jsonschema_rs.validator_for(dict(schema))

    def check(data: bytes) -> str | None:
        value = msgspec.json.decode(data)
        if validator.is_valid(value):
            return None
        first = next(iter(validator.iter_errors(value)))
        return "/".join(str(part) for part in first.instance_path) or "the data's own shape"

    return check
