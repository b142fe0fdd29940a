"""A service as its containers run it: migrated, then an api and a worker on real servers."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.health import ready
from deploy.postgres.server import Server
from deploy.processes import POLL_S, await_until, free_ports
from tests.deploy.manifests import REPOSITORY

SERVICE = "members"
READY_S = 30.0


@contextmanager
def role(
    name: str, environment: dict[str, str], *, port: int, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """One role of the service as a process, ended by SIGTERM when the block is left."""
    argv = [sys.executable, "-m", f"services.{SERVICE}", name, "--port", str(port)]
    with log.open("wb") as sink:
        process = subprocess.Popen(
            argv, env=environment, cwd=REPOSITORY, stdout=sink, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def environment(
    kafka: str, own_postgres: Callable[..., Server], hub_secrets: Path
) -> dict[str, str]:
    """What the containers of my-kul's members are told, at this machine's addresses."""
    server = own_postgres(fsync=False)
    folder = hub_secrets / "my-kul" / SERVICE
    url = server.create_database(SERVICE).replace("postgresql:", "postgresql+asyncpg:", 1)
    return {
        "PATH": os.environ["PATH"],
        "EROAD_HUB": "my-kul",
        "EROAD_PEERS": "cn-hgh",
        "EROAD_PROFILE": "live",
        "EROAD_DATABASE_URL": url,
        "EROAD_BUS": "kafka",
        "EROAD_KAFKA_BOOTSTRAP": kafka,
        "EROAD_KAFKA_REPLICAS": "1",
        "EROAD_TOKEN_KEY_FILE": str(folder / "token_key"),
        "EROAD_OPERATOR_SECRET_FILE": str(folder / "operator_secret"),
    }


def await_ready(port: int) -> bool:
    return await_until(lambda: ready(port), timeout_s=READY_S)


async def topics_with(wanted: str, bootstrap: str) -> list[str]:
    """The broker's topics, once the wanted one is among them or the time is over."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        deadline = asyncio.get_running_loop().time() + READY_S
        while wanted not in (topics := await admin.list_topics()):
            if asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(POLL_S)
        return list(topics)
    finally:
        await admin.close()


class TestServiceInContainers:
    async def test_is_migrated_then_ready_and_ends_in_order(
        self, environment: dict[str, str], tmp_path: Path
    ) -> None:
        migrate = [sys.executable, "-m", f"services.{SERVICE}", "migrate"]
        subprocess.run(migrate, env=environment, cwd=REPOSITORY, check=True, timeout=60)
        ports = dict(zip(("api", "worker"), free_ports(2), strict=True))

        with ExitStack() as stack:
            processes = {
                name: stack.enter_context(
                    role(name, environment, port=port, log=tmp_path / f"{name}.log")
                )
                for name, port in ports.items()
            }
            came = {name: await_ready(port) for name, port in ports.items()}
            topics = await topics_with("members.events", environment["EROAD_KAFKA_BOOTSTRAP"])

        logs = {name: (tmp_path / f"{name}.log").read_text() for name in ports}
        assert came == {"api": True, "worker": True}, logs
        assert "members.events" in topics, logs
        assert {process.returncode for process in processes.values()} <= {0, -15}, logs

    def test_refuses_to_start_before_its_migration(
        self, environment: dict[str, str], tmp_path: Path
    ) -> None:
        [port] = free_ports(1)
        log = tmp_path / "api.log"

        with role("api", environment, port=port, log=log) as process:
            code = process.wait(READY_S)

        assert code != 0
        assert "migrat" in log.read_text()
