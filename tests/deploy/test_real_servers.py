"""Kafka and PostgreSQL as this project starts them: durable over kills, gone with their owner."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.kafka.broker import Broker, answers
from deploy.kafka.jars import fetch_jars
from deploy.postgres.server import Server
from deploy.processes import ServerFailed, ServerProcess, alive, await_until, free_ports
from tests.real import Postgres, RealServers

REPOSITORY = Path(__file__).parents[2]


async def write(bootstrap: str, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(topic, value, partition=0)
    finally:
        await producer.stop()


async def read_first(bootstrap: str, topic: str) -> bytes:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        consumer.seek(partition, 0)
        record = await asyncio.wait_for(consumer.getone(partition), 20)
        return bytes(record.value)
    finally:
        await consumer.stop()


async def create_topic(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


class TestSharedServers:
    async def test_kafka_answers_a_real_client(self, kafka: str) -> None:
        await create_topic(kafka, "deploy.shared")

        await write(kafka, "deploy.shared", b"one")

        assert await read_first(kafka, "deploy.shared") == b"one"

    async def test_a_fresh_database_is_empty(self, fresh_database: str) -> None:
        connection = await asyncpg.connect(fresh_database.replace("+asyncpg", ""))
        try:
            tables = await connection.fetchval(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            )
        finally:
            await connection.close()

        assert tables == 0

    def test_a_database_can_be_a_copy_of_another(self, postgres: Postgres) -> None:
        postgres.create("copy_source")

        copied = postgres.create("copy_target", template="copy_source")

        assert copied.endswith("/copy_target")
        postgres.drop("copy_target")
        postgres.drop("copy_source")

    def test_a_refused_command_is_not_silent(self, postgres: Postgres) -> None:
        postgres.create("taken")

        with pytest.raises(ServerFailed, match="already exists"):
            postgres.create("taken")

        postgres.drop("taken")


class TestBroker:
    async def test_keeps_records_and_address_over_a_kill(
        self, own_kafka: Callable[..., Broker]
    ) -> None:
        broker = own_kafka()
        address = broker.bootstrap
        await create_topic(address, "kept")
        await write(address, "kept", b"survivor")

        broker.kill()
        assert not answers("127.0.0.1", broker.port)
        broker.restart()

        assert broker.bootstrap == address
        assert await read_first(address, "kept") == b"survivor"

    def test_two_brokers_live_side_by_side(self, own_kafka: Callable[..., Broker]) -> None:
        first, second = own_kafka(), own_kafka()

        assert first.bootstrap != second.bootstrap
        assert answers("127.0.0.1", first.port)
        assert answers("127.0.0.1", second.port)

    def test_says_why_it_did_not_start(self, own_kafka: Callable[..., Broker]) -> None:
        with pytest.raises(ServerFailed, match=r"num\.io\.threads"):
            own_kafka(properties={"num.io.threads": "none"})

    def test_refuses_another_port_than_its_data_has(self, tmp_path: Path) -> None:
        known = Broker(tmp_path)

        with pytest.raises(ServerFailed, match=str(known.port)):
            Broker(tmp_path, port=known.port + 1)


class TestJars:
    def test_are_fetched_only_when_the_pom_has_changed(self, kafka: str) -> None:
        stamp = REPOSITORY / ".cache" / "kafka" / "stamp"
        before = stamp.stat().st_mtime_ns

        libs = fetch_jars()

        assert any(libs.glob("kafka_2.13-4.*.jar"))
        assert stamp.stat().st_mtime_ns == before


class TestServer:
    async def test_keeps_committed_rows_over_a_kill(
        self, own_postgres: Callable[..., Server]
    ) -> None:
        server = own_postgres()
        address = server.create_database("kept")
        connection = await asyncpg.connect(address)
        await connection.execute("CREATE TABLE t AS SELECT 7 AS n")

        server.kill()
        connection.terminate()
        server.restart()

        connection = await asyncpg.connect(address)
        assert await connection.fetchval("SELECT n FROM t") == 7
        await connection.close()

    async def test_stops_while_a_client_is_connected(
        self, own_postgres: Callable[..., Server]
    ) -> None:
        server = own_postgres(fsync=False)
        connection = await asyncpg.connect(server.url())
        pid = server.pid

        server.stop(timeout_s=5)

        assert not alive(pid)
        connection.terminate()


class TestMissingServer:
    def test_skips_with_what_to_install(
        self, real: RealServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("EROAD_REQUIRE_REAL", raising=False)
        monkeypatch.setenv("PATH", "")

        with pytest.raises(pytest.skip.Exception, match="apt-get install"):
            real.own_kafka(tmp_path).__enter__()

    def test_fails_where_real_parts_are_required(
        self, real: RealServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("EROAD_REQUIRE_REAL", "1")
        monkeypatch.setenv("PATH", "")

        with pytest.raises(pytest.fail.Exception, match="apt-get install"):
            real.own_kafka(tmp_path).__enter__()


class TestServerProcess:
    def test_ends_with_its_owner(self, tmp_path: Path) -> None:
        owner = subprocess.Popen(["sleep", "600"])
        server = ServerProcess(
            ["sleep", "600"], log=tmp_path / "log", cwd=tmp_path, owner=owner.pid
        )
        assert server.running

        owner.kill()
        owner.wait()

        assert await_until(lambda: not server.running, timeout_s=10)
        server.stop(1)

    def test_is_killed_when_it_does_not_end_by_itself(self, tmp_path: Path) -> None:
        stubborn = "trap '' TERM; echo deaf; while :; do sleep 1; done"
        server = ServerProcess(["sh", "-c", stubborn], log=tmp_path / "log", cwd=tmp_path)
        assert await_until(lambda: "deaf" in server.log_tail(), timeout_s=10)

        server.stop(timeout_s=0.2)

        assert not server.running

    def test_reports_the_end_of_the_log_of_one_that_failed(self, tmp_path: Path) -> None:
        server = ServerProcess(
            ["sh", "-c", "echo no such luck"], log=tmp_path / "log", cwd=tmp_path
        )

        with pytest.raises(ServerFailed, match="no such luck"):
            server.await_ready(lambda: False, timeout_s=10)

    def test_gets_ports_that_differ(self) -> None:
        assert len(set(free_ports(5))) == 5


class TestCommands:
    def test_postgres_up_says_its_address_and_ends_on_interrupt(self, real: RealServers) -> None:
        folder = str(real.folder / "up")
        address, code = _run_until_ready("deploy.postgres", "--directory", folder)

        assert address["url"].startswith("postgresql+asyncpg://postgres@127.0.0.1:")
        assert code == 0

    def test_kafka_up_says_every_cluster_and_ends_on_interrupt(
        self, kafka: str, tmp_path: Path
    ) -> None:
        options = ("--clusters", "my-kul", "--directory", str(tmp_path))
        addresses, code = _run_until_ready("deploy.kafka", *options)

        assert list(addresses) == ["my-kul"]
        assert code == 0


def _run_until_ready(module: str, *options: str) -> tuple[dict[str, str], int]:
    command = subprocess.Popen(
        [sys.executable, "-m", module, "up", *options], stdout=subprocess.PIPE, cwd=REPOSITORY
    )
    assert command.stdout is not None
    with command.stdout:
        line = command.stdout.readline()
    command.send_signal(signal.SIGINT)
    code = command.wait(60)
    return json.loads(line), code
