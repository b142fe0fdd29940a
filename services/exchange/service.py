"""How `exchange` is put together: the only file that knows every room."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType

import jsonschema_rs
import msgspec

from services.exchange.api import (
    contracts,
    evidence,
    feed,
    held,
    operate,
    people,
    replicas,
    streams,
    transfers,
    well_known,
)
from services.exchange.api.deps import Road
from services.exchange.clients.contract import PeerSteps
from services.exchange.clients.document import DocumentSource
from services.exchange.clients.feed import Feed
from services.exchange.consumers.canaries import canary_hearings
from services.exchange.consumers.contracts import StepTeller
from services.exchange.consumers.documents import DocumentKeeper
from services.exchange.consumers.epochs import EpochKeeper
from services.exchange.consumers.everything import gatherings
from services.exchange.consumers.follower import Follower
from services.exchange.consumers.frames import FrameTaker
from services.exchange.consumers.heads import HeadKeeper
from services.exchange.consumers.link import Link
from services.exchange.consumers.newer import NewerVersions
from services.exchange.consumers.peers import Puller
from services.exchange.consumers.people import ErasureTeller
from services.exchange.domain.agreement import Agreements, Check, Schema
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.pairing import PairingKey
from services.exchange.domain.peer import Peer, read_anchors
from services.exchange.domain.schema_set import name_of_set
from services.exchange.domain.spelling import spelling_of
from services.exchange.settings import ExchangeSettings
from services.exchange.store.tables import metadata
from services.exchange.store.tx import ExchangeTx
from services.exchange.timers import ContractGauges, PeerGauges, RoadGauges, TransferGauges
from services.exchange.usecases.canary import send_canaries
from services.exchange.usecases.export_law import ExportLaw
from services.exchange.usecases.framer import Framer
from services.exchange.usecases.give_snapshot import let_go_of_old_frames
from services.exchange.usecases.negotiate import end_overdue
from services.exchange.usecases.recorder import Recorder, own_epoch
from services.exchange.usecases.shipper import Shipper, frame_topics
from services.exchange.usecases.trust import Trust
from shared.contracts.published import leaving_schemas
from shared.contracts.registry import EVENTS, SERVICES, topic_of
from shared.db.tx import Store
from shared.kernel.clock import Clock
from shared.messaging.bus import EventBus, TopicSpec
from shared.packs.loader import load_packs
from shared.runtime.service import RETENTION_S, Service, Timer, every
from shared.runtime.wiring import foreign_bus, store_for, verifier_for
from shared.web.client import Transport, http_client

NAME = "exchange"
OVERDUE_EVERY_S = 5.0
CANARY_EVERY = timedelta(seconds=60)
CANARY_LOOK_S = 15.0
LET_GO_EVERY_S = 600.0
ROUTERS = (
    feed.router,
    operate.router,
    streams.router,
    people.router,
    people.peers_router,
    transfers.router,
    replicas.router,
    contracts.router,
    contracts.peers_router,
    well_known.router,
    evidence.router,
    evidence.peers_router,
    held.router,
)


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
    peers = _peers(settings)
    schemas = event_schemas()
    agreements = agreements_of_all(schemas)
    law = ExportLaw(load_packs(), settings.hub)
    framer = _framer(settings, store, key)
    client = http_client(transport=transport)
    shipping = [Shipper(store, bus, framer).run] if settings.bus == "kafka" else []
    may_differ = settings.profile == "test"
    trust = Trust(store, peers, clocks_may_differ=may_differ)
    documents = DocumentKeeper(trust, DocumentSource(client))
    feeds = [Feed(peer, client, hub=settings.hub, key=key, clock=clock) for peer in peers.values()]
    takers = [FrameTaker(store, peer, agreements, key, may_differ) for peer in peers.values()]
    links = [_link(settings, *each) for each in zip(takers, feeds, strict=True)]
    newer = NewerVersions(store, peers, agreements, clocks_may_differ=may_differ)
    steps = [PeerSteps(client, peer, settings.hub, key, clock) for peer in peers.values()]
    runs = [*(each.run for each in links), *_telling(store, steps, feeds), newer.run]
    service = Service(
        name=NAME,
        settings=settings,
        store=store,
        migrations=Path(__file__).parent / "store" / "migrations",
        bus=bus,
        verifier=verifier_for(settings, clock=clock, transport=transport),
        description="The e-road: signed, ordered streams between hubs that prove they agree.",
        routers=ROUTERS,
        hearings=[
            *gatherings(peers, agreements, year_of=law.year_of),
            *canary_hearings(peers, agreements),
        ],
        loops=[framer.run, documents.run, *shipping, *runs, *_proving(settings, store, feeds, key)],
        timers=_timers(key, peers, agreements, kept=timedelta(days=settings.frames_kept_days)),
        topics=_topics(settings, peers),
        on_start=[_ensuring(store, peers, schemas)],
    )
    service.app.state.road = Road(
        hub=settings.hub,
        peers=peers,
        framer=framer,
        store=store,
        clocks_may_differ=may_differ,
        trust=trust,
        document_file=settings.document_file,
        key=key,
        agreements=agreements,
        spoken=leaving_schemas(),
        feeds={each.peer.hub: each for each in feeds},
        law=law,
    )
    service.loops = [*service.loops, *_gauges(store, service, peers, law)]
    return service


def _framer(
    settings: ExchangeSettings,
    store: Store[ExchangeTx],
    key: SigningKey,
) -> Framer:
    """Return what closes this hub's frames, in the epoch that its document announces."""
    epoch = own_epoch(settings.document_file)
    return Framer(store, key=key, schema_set=name_of_set(leaving_schemas()), epoch=epoch)


def _telling(
    store: Store[ExchangeTx], steps: Sequence[PeerSteps], feeds: Sequence[Feed]
) -> list[Callable[[], Awaitable[None]]]:
    """Return what tells peers of this hub's steps and erasures, until they confirm them."""
    erasures = [ErasureTeller(store, each).run for each in feeds]
    return [*(StepTeller(store, each).run for each in steps), *erasures]


def _gauges(
    store: Store[ExchangeTx], service: Service, peers: Mapping[str, Peer], law: ExportLaw
) -> list[Callable[[], Awaitable[None]]]:
    """Return what shows how the road stands."""
    registry = service.metrics.registry
    return [
        RoadGauges(store, registry).run,
        PeerGauges(store, registry, peers).run,
        ContractGauges(store, registry).run,
        TransferGauges(store, registry, law).run,
    ]


def _proving(
    settings: ExchangeSettings, store: Store[ExchangeTx], feeds: Sequence[Feed], key: SigningKey
) -> list[Callable[[], Awaitable[None]]]:
    """Return what keeps this hub's evidence log, holds peers to theirs, and begins epochs."""
    epoch = own_epoch(settings.document_file)
    recorder = Recorder(store, key=key, document_file=settings.document_file)
    heads = [HeadKeeper(store, feed_of).run for feed_of in feeds]
    epochs = [EpochKeeper(store, feed_of, key, epoch).run for feed_of in feeds]
    return [recorder.run, *heads, *epochs]


def _ensuring(
    store: Store[ExchangeTx], peers: Mapping[str, Peer], schemas: Mapping[str, Schema]
) -> Callable[[], Awaitable[None]]:
    """Return what lets founding peers have every type; all others need a contract."""

    async def ensure() -> None:
        async with store.transaction() as tx:
            for peer in peers.values():
                await tx.contracts.ensure(peer.hub, schemas if peer.founding else ())

    return ensure


def _timers(
    key: SigningKey, peers: Mapping[str, Peer], agreements: Agreements, *, kept: timedelta
) -> list[Timer]:
    """Return what happens because time passed."""

    async def let_go(tx: ExchangeTx) -> None:
        await let_go_of_old_frames(tx, kept=kept)

    return [
        every(OVERDUE_EVERY_S, _ending(key)),
        every(CANARY_LOOK_S, _sending(peers, agreements)),
        every(LET_GO_EVERY_S, let_go),
    ]


def _ending(key: SigningKey) -> Callable[[ExchangeTx], Awaitable[None]]:
    """Return what ends contracts whose deadline has passed."""

    async def end(tx: ExchangeTx) -> None:
        await end_overdue(tx, key=key)

    return end


def _sending(
    peers: Mapping[str, Peer], agreements: Agreements
) -> Callable[[ExchangeTx], Awaitable[None]]:
    """Return what sends canaries."""

    async def send(tx: ExchangeTx) -> None:
        await send_canaries(tx, peers=peers, agreements=agreements, every=CANARY_EVERY)

    return send


def _peers(settings: ExchangeSettings) -> Mapping[str, Peer]:
    """Return whom the anchor file names; without a pairing key it must hold the pairs' secrets."""
    pem = settings.pairing_key
    pairing = PairingKey.from_pem(pem.get_secret_value().encode()) if pem else None
    return read_anchors(settings.anchors_file.read_bytes(), hub=settings.hub, pairing=pairing)


def _topics(settings: ExchangeSettings, peers: Iterable[str]) -> list[TopicSpec]:
    """Return what peers said, for this hub's services, and frames for peers to read on Kafka."""
    heard = [
        TopicSpec(topic_of(area, origin=hub), settings.partitions, RETENTION_S)
        for hub in settings.peers
        for area in SERVICES
    ]
    if settings.bus != "kafka":
        return heard
    return [*heard, *frame_topics(peers, partitions=settings.partitions)]


def _link(settings: ExchangeSettings, taker: FrameTaker, feed_of: Feed) -> Link:
    """Return what hears one peer: by its feed, and by its Kafka if the anchor names one."""
    store, peer = taker.store, taker.peer
    follower = None
    if peer.kafka_bootstrap:
        bus = foreign_bus(
            peer.kafka_bootstrap,
            reader=settings.hub,
            clock=store.clock,
            ca_file=settings.peer_kafka_tls_ca_file,
            cert_file=settings.peer_kafka_tls_cert_file,
            key_file=settings.peer_kafka_tls_key_file,
        )
        follower = Follower(store, bus, feed_of, taker, settings.hub)
    return Link(store, peer, Puller(store, feed_of, taker), follower)


def agreements_of_all(schemas: Mapping[str, Schema]) -> Agreements:
    """Return what may cross by the event types' own labels."""
    return Agreements(schemas, _check_for)


@cache
def event_schemas() -> Mapping[str, Schema]:
    """Return the JSON Schema of every type that may leave a hub."""
    leaving = {name: event for name, event in EVENTS.items() if event.leaves_hub}
    return MappingProxyType({name: event.model_json_schema() for name, event in leaving.items()})


def _check_for(schema: Schema) -> Check:
    """Return what says why data does not fit a schema, None when it does; values are not shown.

    Only data in another spelling than a hub's own have to be read to be judged.
    """
    spelling = spelling_of(schema)
    validator = jsonschema_rs.validator_for(dict(schema))

    def check(data: bytes) -> str | None:
        try:
            if spelling.fullmatch(data.decode()):
                return None
            value = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # A frame's lines are read no deeper than their attributes: this looks inside first.
            return "the data is no readable JSON"
        if validator.is_valid(value):
            return None
        first = next(iter(validator.iter_errors(value)))
        return "/".join(str(part) for part in first.instance_path) or "the data's own shape"

    return check
