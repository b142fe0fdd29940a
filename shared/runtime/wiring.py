"""How settings become parts: the bus, the store and the token verifier of one service."""

import ssl
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import MetaData

from shared.contracts.registry import SERVICES, topic_of
from shared.db.database import Database
from shared.db.tx import Store, Tx
from shared.kernel.clock import Clock, MovableClock, SystemClock
from shared.kernel.ids import TimeOrderedIds
from shared.kernel.trace import Tracer
from shared.messaging.bus import EventBus
from shared.messaging.sqlite import Doorbell, SqliteBus
from shared.runtime.kept_clock import KeptClock
from shared.runtime.settings import VERSION, Settings
from shared.web.auth import TokenVerifier
from shared.web.client import Transport, http_client

TxType = TypeVar("TxType", bound=Tx)


def clock_for(settings: Settings) -> Clock:
    """The machine's clock, or in test mode one that can be moved forward."""
    if settings.profile != "test":
        return SystemClock()
    return KeptClock(settings.clock_file) if settings.clock_file else MovableClock()


def bus_for(
    settings: Settings, service: str, *, clock: Clock, doorbell: Doorbell | None = None
) -> EventBus:
    """Return the service's bus; `doorbell` wakes readers of the same process at once."""
    if settings.bus == "kafka":
        # Imported here, so that a hub on one machine starts without the Kafka client.
        from shared.messaging.kafka import KafkaBus

        return KafkaBus(
            settings.kafka_bootstrap,
            client_id=f"{service}-{settings.member_name}",
            clock=clock,
            security=_tls(
                settings.kafka_tls_ca_file,
                settings.kafka_tls_cert_file,
                settings.kafka_tls_key_file,
            ),
            replicas=settings.kafka_replicas,
        )
    return SqliteBus(
        Path(settings.bus_directory),
        service,
        topic_owners(settings.peers),
        clock=clock,
        doorbell=doorbell,
    )


def foreign_bus(
    bootstrap: str,
    *,
    reader: str,
    clock: Clock,
    ca_file: Path | None,
    cert_file: Path | None,
    key_file: Path | None,
) -> EventBus:
    """Return a bus over another hub's Kafka, from which `reader` only reads."""
    from shared.messaging.kafka import KafkaBus

    return KafkaBus(
        bootstrap,
        client_id=f"eroad-{reader}",
        clock=clock,
        security=_tls(ca_file, cert_file, key_file),
    )


def topic_owners(peers: tuple[str, ...]) -> dict[str, str]:
    """Return which local service writes each topic: its own, or exchange for a peer's."""
    local = {topic_of(service): service for service in SERVICES}
    foreign = {topic_of(service, origin=peer): "exchange" for peer in peers for service in SERVICES}
    return local | foreign


def store_for(
    settings: Settings, service: str, *, metadata: MetaData, tx_type: type[TxType], clock: Clock
) -> Store[TxType]:
    """Return the service's store on its own database."""
    return Store(
        Database(settings.database_url),
        metadata,
        tx_type,
        service=service,
        clock=clock,
        ids=TimeOrderedIds(settings.hub, clock),
        tracer=tracer_for(settings, service),
    )


def tracer_for(settings: Settings, service: str) -> Tracer:
    """Return what marks out the service's work; spans are collected where that is asked for."""
    if not settings.otlp_endpoint:
        return Tracer()
    # Imported here, so that a hub nobody watches never loads OpenTelemetry.
    from shared.runtime.telemetry import OtlpTracer

    return OtlpTracer(
        hub=settings.hub, service=service, version=VERSION, endpoint=settings.otlp_endpoint
    )


def verifier_for(settings: Settings, *, clock: Clock, transport: Transport | None) -> TokenVerifier:
    """Return what checks bearer tokens; `transport` reaches members inside one process."""
    return TokenVerifier(
        hub=settings.hub,
        jwks_url=settings.jwks_url,
        client=http_client(transport=transport),
        clock=clock,
    )


def _tls(ca_file: Path | None, cert_file: Path | None, key_file: Path | None) -> dict[str, Any]:
    if ca_file is None:
        return {}
    context = ssl.create_default_context(cafile=str(ca_file))
    if cert_file is not None:
        context.load_cert_chain(str(cert_file), str(key_file or ""))
    return {"security_protocol": "SSL", "ssl_context": context}
