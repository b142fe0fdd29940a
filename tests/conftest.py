"""Fixtures of every test: the real servers of the run, started when first asked for."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import pytest

from deploy.kafka.broker import Broker
from deploy.postgres.server import Server
from shared.kernel.collector import uncollected
from tests import sessions
from tests.builders.migrated import templates
from tests.compiled import keep_compiled
from tests.real import Postgres, RealServers, scratch_root

# A busy machine is slow, not wrong: no example fails for the time that it took.
hypothesis.settings.register_profile("eroad", deadline=None)
hypothesis.settings.load_profile("eroad")

NEEDS_REAL = {
    "kafka",
    "postgres",
    "fresh_database",
    "unmade_database",
    "own_kafka",
    "own_postgres",
}
RUN = pytest.StashKey[RealServers]()


def pytest_configure(config: pytest.Config) -> None:
    led = getattr(config, "workerinput", None)  # only workers of pytest-xdist have one
    if led is None:
        config.stash[RUN] = RealServers.lead()
        if root := scratch_root():
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", root)
    else:
        config.stash[RUN] = RealServers(Path(led["real_folder"]), leader=led["real_leader"])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist which folder holds the run's servers, and who leads."""
    servers = node.config.stash[RUN]
    node.workerinput.update(real_folder=str(servers.folder), real_leader=servers.leader)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect with the collector of garbage off: what is imported stays, and so do the tests."""
    with uncollected():
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a real server, so that `-m "not real"` leaves it out."""
    for item in items:
        if NEEDS_REAL.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.real)


def pytest_collection_finish() -> None:
    """Let the collector leave alone what lives as long as the run: all modules and all tests."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    servers = config.stash.get(RUN, None)
    if servers is not None and servers.leader == os.getpid():
        servers.stop()


@pytest.fixture(scope="session", autouse=True)
def _templates() -> Iterator[None]:
    keep_compiled()
    with templates():
        yield
    sessions.close()


@pytest.fixture(scope="session")
def real(request: pytest.FixtureRequest) -> RealServers:
    """The run's real servers, none started yet."""
    return request.config.stash[RUN]


@pytest.fixture(scope="session")
def kafka(real: RealServers) -> str:
    """Bootstrap address of a real broker that the whole run shares; use topics of your own."""
    return real.kafka()


@pytest.fixture(scope="session")
def postgres(real: RealServers) -> Postgres:
    """A real PostgreSQL that the whole run shares."""
    return real.postgres()


@pytest.fixture
def unmade_database(postgres: Postgres) -> Iterator[str]:
    """Address of a database that `migrated` is yet to make, gone after the test."""
    name = f"test_{uuid4().hex}"
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def fresh_database(postgres: Postgres) -> Iterator[str]:
    """Address of a database nobody has used yet, gone after the test."""
    name = f"test_{uuid4().hex}"
    yield postgres.create(name)
    postgres.drop(name)


@pytest.fixture
def own_kafka(real: RealServers, tmp_path: Path) -> Iterator[Callable[..., Broker]]:
    """Starts brokers that belong to one test, which may stop, kill and restart them."""
    with ExitStack() as stack:
        count = iter(range(100))
        yield lambda **options: stack.enter_context(
            real.own_kafka(tmp_path / f"kafka-{next(count)}", **options)
        )


@pytest.fixture
def own_postgres(real: RealServers) -> Iterator[Callable[..., Server]]:
    """Starts servers that belong to one test, which may stop, kill and restart them."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(real.own_postgres(**options))
