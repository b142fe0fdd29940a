"""What only Kafka can do wrong: gaps in offsets, a broker that hangs, callers without a key."""

import asyncio
import gc
import json
import os
import signal
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.kafka.broker import Broker
from deploy.processes import free_ports
from shared.kernel.clock import SystemClock
from shared.messaging.bus import (
    TP,
    BusError,
    BusUnreachable,
    OutRecord,
    Position,
    PublishError,
    Subscription,
    TopicSpec,
)
from shared.messaging.kafka import KafkaBus
from shared.messaging.kafka_publisher import BATCH_BYTES_MAX
from shared.messaging.kafka_topics import new_topic, settle
from tests.bus.places import KafkaPlace
from tests.bus.reading import Reader, a_record, numbered, take, values
from tests.real import RealServers

LOOPBACK = "127.0.0.1"
LONG_2 = b"2".rjust(BATCH_BYTES_MAX // 2 + 1)
"""A value that lets no second record into its batch."""
SMALL_RECORDS = {"max.message.bytes": "2000"}


class TestTransactions:
    async def test_leave_gaps_in_the_offsets_that_no_reader_trips_over(
        self, kafka_place: KafkaPlace
    ) -> None:
        bus = await kafka_place.bus(fence=kafka_place.name("relay"))
        topic = await kafka_place.topic_on(bus)
        for first in range(0, 30, 10):
            await bus.publish(numbered(topic, range(first, first + 10)))
        tp = TP(topic, 0)

        reader = Reader(bus, [topic], kafka_place.name())
        received = await reader.take(30)

        assert values(received) == list(range(30))
        assert [r.offset for r in received] != list(range(30))
        resumed = bus.read(tp, reader.stored[tp])
        await bus.publish(numbered(topic, [30]))
        assert values(await take(resumed, 1)) == [30]
        await reader.take(1)
        async with asyncio.timeout(10):
            while (await reader.subscription.lag())[tp]:
                assert await reader.poll() == []


class TestRefusedBatch:
    """A broker that takes one partition's batch and refuses another's, for good."""

    async def test_is_told_apart_from_what_was_written_and_does_not_block_the_next(
        self, kafka_place: KafkaPlace
    ) -> None:
        bus = await kafka_place.bus()
        topic = await _topic_of_small_records(kafka_place)
        call = [_noise(topic, 0), *numbered(topic, [1, 2], partition=1)]

        with pytest.raises(PublishError) as refused:
            await bus.publish(call)

        assert refused.value.retriable is False
        assert refused.value.failed == [0]
        assert refused.value.done == [Position(topic, 1, 0), Position(topic, 1, 1)]
        # The producer's sequence is broken now; only another producer can go on.
        await bus.publish(numbered(topic, [3], partition=0))
        assert values(await take(bus.read(TP(topic, 0), 0), 1)) == [3]

    async def test_takes_the_whole_call_with_it_in_a_transaction(
        self, kafka_place: KafkaPlace
    ) -> None:
        bus = await kafka_place.bus(fence=kafka_place.name("relay"))
        topic = await _topic_of_small_records(kafka_place)
        call = [_noise(topic, 0), *numbered(topic, [1, 2], partition=1)]

        with pytest.raises(PublishError) as refused:
            await bus.publish(call)

        assert (refused.value.failed, refused.value.done) == ([0, 1, 2], [])
        await bus.publish(numbered(topic, [3], partition=1))
        assert values(await take(bus.read(TP(topic, 1), 0), 1)) == [3]


class BehindTheTimes(AIOKafkaAdminClient):  # type: ignore[misc]
    """Asks a broker once, and goes by that for ever."""

    _told: Any = None

    async def describe_configs(self, *args: Any, **kwargs: Any) -> Any:
        self._told = self._told or await super().describe_configs(*args, **kwargs)
        return self._told


class TestTopics:
    async def test_are_created_so_that_they_lose_nothing(self, kafka_place: KafkaPlace) -> None:
        bus = await kafka_place.bus()
        kept, short, compacted = (kafka_place.topic() for _ in range(3))
        await bus.ensure_topics(
            [
                TopicSpec(kept, 1, None),
                TopicSpec(short, 1, 3_600),
                TopicSpec(compacted, 1, None, compact=True),
            ]
        )

        assert (await _settings(kafka_place, kept)) | {
            "cleanup.policy": "delete",
            "retention.ms": "-1",
            "unclean.leader.election.enable": "false",
            "min.insync.replicas": "1",
        } == await _settings(kafka_place, kept)
        assert (await _settings(kafka_place, short))["retention.ms"] == "3600000"
        assert (await _settings(kafka_place, compacted))["cleanup.policy"] == "compact"

    async def test_that_exist_get_the_settings_their_owner_wants_now(
        self, kafka_place: KafkaPlace
    ) -> None:
        bus = await kafka_place.bus()
        topic = kafka_place.topic()
        await bus.ensure_topics([TopicSpec(topic, 1, 3_600)])
        await _set(kafka_place, topic, {"retention.ms": "1000", "segment.ms": "60000"})

        await bus.ensure_topics([TopicSpec(topic, 1, 7_200)])

        held = await _settings_once(kafka_place, topic, "retention.ms", "7200000")
        assert held["max.message.bytes"] == "1048588"
        assert held["segment.ms"] == "60000"  # not ours to say, so it stays

    async def test_keep_what_an_operator_set_a_moment_ago_and_the_broker_has_not_heard_of(
        self, kafka_place: KafkaPlace
    ) -> None:
        bus = await kafka_place.bus()
        topic = kafka_place.topic()
        await bus.ensure_topics([TopicSpec(topic, 1, 3_600)])
        admin = BehindTheTimes(bootstrap_servers=kafka_place.bootstrap)
        await admin.start()
        try:
            await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
            await _set(kafka_place, topic, {"segment.ms": "60000"})

            await settle(admin, [new_topic(TopicSpec(topic, 1, 7_200), 1)])
        finally:
            await admin.close()

        held = await _settings_once(kafka_place, topic, "retention.ms", "7200000")
        assert held["segment.ms"] == "60000"

    async def test_are_refused_when_the_cluster_cannot_hold_their_replicas(
        self, kafka: str, kafka_place: KafkaPlace
    ) -> None:
        bus = KafkaBus(kafka, client_id="orders", clock=SystemClock(), replicas=3)
        await bus.start()
        topic = kafka_place.topic()

        with pytest.raises(BusError, match="replication factor"):
            await bus.ensure_topics([TopicSpec(topic, 1, None)])
        await bus.stop()


class TestFrozenBroker:
    @pytest.mark.slow
    async def test_is_given_up_and_read_on_from_when_it_thaws(
        self, own_kafka: Callable[..., Broker]
    ) -> None:
        forgotten: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, said: forgotten.append(said))
        broker = own_kafka()
        bus = KafkaBus(
            broker.bootstrap,
            client_id="orders",
            clock=SystemClock(),
            replicas=1,
            stall_timeout_s=2.0,
        )
        await bus.start()
        await bus.ensure_topics([TopicSpec("orders.events", 1, None)])
        await bus.publish(numbered("orders.events", [1]))
        reader = Reader(bus, ["orders.events"], "permits")
        alone = bus.read(TP("orders.events", 0), 0)
        assert values(await reader.take(1)) == values(await take(alone, 1)) == [1]

        os.kill(broker.pid, signal.SIGSTOP)
        try:
            with pytest.raises(PublishError) as refused:
                await bus.publish([a_record("orders.events", LONG_2)] * 3, timeout=1)
            # The consumers are replaced, and the new ones cannot connect: poll says so.
            complaints = await asyncio.gather(
                _poll_in_vain(reader.subscription), _poll_in_vain(alone), return_exceptions=True
            )
        finally:
            os.kill(broker.pid, signal.SIGCONT)
        await _until_published(bus, [2])

        assert [type(each) for each in complaints] == [BusUnreachable, BusUnreachable]
        assert refused.value.retriable
        # The 2 may have been written twice; the 1 is behind both readers.
        assert set(await _until_found(reader.subscription, 2, reader.stored)) == {2}
        assert set(await _until_found(alone, 2)) == {2}
        await bus.stop()
        del refused  # its traceback keeps what was in flight
        gc.collect()
        assert forgotten == []


class TestMutualTls:
    async def test_lets_in_a_client_with_a_certificate_and_no_other(
        self, real: RealServers, tmp_path: Path
    ) -> None:
        authority, ports = _Authority(tmp_path), free_ports(3)
        directory = tmp_path / "kafka"
        directory.mkdir()
        (directory / "ports.json").write_text(json.dumps(ports[:2]))  # where a Broker keeps them
        with real.own_kafka(directory, properties=authority.properties(*ports)):
            trusted = await _bus_over_tls(ports[2], authority.context(with_key=True))
            stranger = await _bus_over_tls(ports[2], authority.context(with_key=False))

            await trusted.ensure_topics([TopicSpec("orders.events", 1, None)])
            await trusted.publish(numbered("orders.events", [1]))
            assert values(await take(trusted.read(TP("orders.events", 0), 0), 1)) == [1]
            assert values(await Reader(trusted, ["orders.events"], "permits").take(1)) == [1]
            assert not (await stranger.health()).ok
            with pytest.raises(PublishError):
                await stranger.publish(numbered("orders.events", [2]), timeout=5)

            await trusted.stop()
            await stranger.stop()


class _Authority:
    """A certificate authority with one server and one client, as PEM files."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        key = ec.generate_private_key(ec.SECP256R1())
        self._ca = _certificate("eroad test authority", key, None)
        self._file("ca.pem", _pem(self._ca))
        for name in ("server", "client"):
            own = ec.generate_private_key(ec.SECP256R1())
            certificate = _certificate(name, own, (self._ca, key))
            private = own.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            self._file(f"{name}.pem", private + _pem(certificate))

    def properties(self, plain: int, controller: int, tls: int) -> dict[str, str]:
        """Broker properties: a third listener, which asks every client for its certificate."""
        listeners = f"PLAINTEXT://{LOOPBACK}:{plain},TLS://{LOOPBACK}:{tls}"
        names = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL"
        return {
            "listeners": f"{listeners},CONTROLLER://{LOOPBACK}:{controller}",
            "advertised.listeners": f"{listeners},CONTROLLER://{LOOPBACK}:{controller}",
            "listener.security.protocol.map": names,
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self._directory / "server.pem"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self._directory / "ca.pem"),
            "ssl.client.auth": "required",
        }

    def context(self, *, with_key: bool) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self._directory / "ca.pem"))
        if with_key:
            context.load_cert_chain(self._directory / "client.pem")
        return context

    def _file(self, name: str, content: bytes) -> None:
        (self._directory / name).write_bytes(content)


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))]), critical=False
        )
    )
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


async def _bus_over_tls(port: int, context: ssl.SSLContext) -> KafkaBus:
    bus = KafkaBus(
        f"{LOOPBACK}:{port}",
        client_id="orders",
        clock=SystemClock(),
        security={"security_protocol": "SSL", "ssl_context": context},
        replicas=1,
    )
    await bus.start()
    return bus


async def _settings(place: KafkaPlace, topic: str) -> dict[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=place.bootstrap)
    await admin.start()
    try:
        asked = ConfigResource(ConfigResourceType.TOPIC, topic)
        (answer,) = await admin.describe_configs([asked])
    finally:
        await admin.close()
    return {each[0]: each[1] for each in answer.resources[0][4]}


async def _settings_once(place: KafkaPlace, topic: str, name: str, value: str) -> dict[str, str]:
    """Return the topic's settings once this one shows: brokers hear of changes a little later."""
    async with asyncio.timeout(10):
        while (held := await _settings(place, topic))[name] != value:
            await asyncio.sleep(0.05)
    return held


async def _set(place: KafkaPlace, topic: str, settings: dict[str, str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=place.bootstrap)
    await admin.start()
    try:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, settings)])
    finally:
        await admin.close()


async def _topic_of_small_records(place: KafkaPlace) -> str:
    topic = place.topic()
    admin = AIOKafkaAdminClient(bootstrap_servers=place.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 2, 1, topic_configs=SMALL_RECORDS)])
    finally:
        await admin.close()
    return topic


def _noise(topic: str, partition: int) -> OutRecord:
    """A record too large for such a topic, however well it is compressed."""
    return a_record(topic, os.urandom(20_000), partition=partition)


async def _poll_in_vain(subscription: Subscription) -> None:
    async with asyncio.timeout(60):
        while True:
            assert await subscription.poll() == []


async def _until_found(
    subscription: Subscription, number: int, stored: dict[TP, int] | None = None
) -> list[int]:
    """Poll as a consumer loop does, over complaints that the broker is away."""
    found: list[int] = []
    async with asyncio.timeout(60):
        while number not in found:
            try:
                batches = await subscription.poll()
            except BusUnreachable:
                continue
            for batch in batches:
                found += values(batch.records)
                if stored is not None:
                    stored[batch.tp] = batch.next_offset
    return found


async def _until_published(bus: KafkaBus, numbers: list[int]) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                await bus.publish(numbered("orders.events", numbers), timeout=10)
            except PublishError:
                continue
            return
