"""Real servers for tests: one broker and one PostgreSQL for a whole test run, and their ends.

The first worker that needs a server starts it, under a lock, and writes down where it is; other
workers find it there. The process that leads the run stops them all by pid when the run is over,
and a guard does when that process was killed. What a test breaks, it starts for itself.
"""

import fcntl
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.kafka.broker import JAVA_OPTIONS, Broker, answers
from deploy.kafka.jars import KafkaMissing
from deploy.postgres.binaries import PostgresMissing
from deploy.postgres.server import Server, create_database, drop_database
from deploy.processes import end
from shared.runtime.settings import real_parts_required
from tests import sessions

IN_MEMORY = Path("/dev/shm")
FREE_BYTES_MIN = 4 * 1024**3

# A broker that lives for one test run never earns back what the second compiler costs.
SHORT_LIVED = (*JAVA_OPTIONS, "-XX:TieredStopAtLevel=1")


class RealSettings(BaseSettings):
    """Servers that run already and are to be used instead of started."""

    model_config = SettingsConfigDict(env_prefix="EROAD_")

    test_kafka: str = ""
    """Bootstrap address of a broker."""
    test_postgres: str = ""
    """Address of a database as its superuser, postgresql://..."""


def scratch_root() -> str | None:
    """Where what a run writes should lie: in memory where there is room, else the system's choice.

    No test pulls the plug of the machine, so none can tell; making a database is ten times as fast.
    """
    if not os.access(IN_MEMORY, os.W_OK) or shutil.disk_usage(IN_MEMORY).free < FREE_BYTES_MIN:
        return None
    return str(IN_MEMORY)


@dataclass(frozen=True)
class Postgres:
    """A running server: makes and drops databases, and says their addresses."""

    server_url: str

    def url(self, database: str) -> str:
        """The address as SQLAlchemy's asyncpg dialect takes it."""
        rest, _, _ = self.server_url.removeprefix("postgresql://").rpartition("/")
        return f"postgresql+asyncpg://{rest}/{database}"

    def create(self, name: str, *, template: str = "template1") -> str:
        """Create a database, as a copy of the template, and return its address."""
        create_database(self.server_url, name, template=template, by=sessions.execute)
        return self.url(name)

    def drop(self, name: str) -> None:
        drop_database(self.server_url, name, by=sessions.execute)


class RealServers:
    """The servers of one test run, known by the folder in which their addresses are written."""

    def __init__(self, folder: Path, *, leader: int) -> None:
        self.folder = folder
        self.leader = leader
        self._settings = RealSettings()

    @classmethod
    def lead(cls) -> "RealServers":
        """Make the folder of a new run; the caller's process must call `stop` at its end."""
        folder = Path(tempfile.mkdtemp(prefix="eroad-test-", dir=scratch_root()))
        folder.chmod(0o755)  # PostgreSQL runs as another account when tests run as root
        return cls(folder, leader=os.getpid())

    def kafka(self) -> str:
        """Return the bootstrap address of the run's broker, starting it for the first caller."""
        if self._settings.test_kafka:
            return self._settings.test_kafka
        address = self._shared("kafka", self._start_kafka)
        host, _, port = address.rpartition(":")
        assert answers(host, int(port)), f"the shared broker at {address} died; see {self.folder}"
        return address

    def postgres(self) -> Postgres:
        """Return the run's PostgreSQL, starting it for the first caller."""
        given = self._settings.test_postgres
        return Postgres(given or self._shared("postgres", self._start_postgres))

    @contextmanager
    def own_kafka(self, directory: Path, **options: Any) -> Iterator[Broker]:
        """A broker for one test to stop, kill and restart; options as those of Broker."""
        with self.or_skip():
            broker = Broker(directory, java_options=SHORT_LIVED, owner=self.leader, **options)
            broker.start()
        with broker:
            yield broker

    @contextmanager
    def own_postgres(self, *, fsync: bool = True) -> Iterator[Server]:
        """A server for one test to stop, kill and restart."""
        # Not below pytest's folders: those are private, and root's PostgreSQL is not root.
        directory = Path(tempfile.mkdtemp(prefix="postgres-", dir=self.folder))
        directory.chmod(0o755)
        with self.or_skip():
            server = Server(directory, fsync=fsync, owner=self.leader)
            server.start()
        with server:
            yield server

    def stop(self) -> None:
        """End every shared server by its pid and forget the run's folder."""
        for note in self.folder.glob("*.json"):
            server = json.loads(note.read_text())
            end(server["pid"], with_signal=server["stop_signal"])
        shutil.rmtree(self.folder, ignore_errors=True)

    def _shared(self, name: str, start: Callable[[], dict[str, Any]]) -> str:
        note = self.folder / f"{name}.json"
        with (self.folder / f"{name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not note.exists():
                with self.or_skip():
                    note.write_text(json.dumps(start()))
        return str(json.loads(note.read_text())["address"])

    def _start_kafka(self) -> dict[str, Any]:
        broker = Broker(self.folder / "kafka", java_options=SHORT_LIVED, owner=self.leader)
        broker.start()
        broker.wait_ready()
        return _note(broker.release(), broker.bootstrap, signal.SIGTERM)

    def _start_postgres(self) -> dict[str, Any]:
        server = Server(self.folder / "postgres", fsync=False, owner=self.leader)
        server.start()
        server.wait_ready()
        return _note(server.release(), server.url(), signal.SIGINT)

    @contextmanager
    def or_skip(self) -> Iterator[None]:
        """Within it a missing server is a skip, or a failure where everything real is required."""
        try:
            yield
        except (KafkaMissing, PostgresMissing) as missing:
            if real_parts_required():
                pytest.fail(f"EROAD_REQUIRE_REAL is set and {missing}", pytrace=False)
            pytest.skip(str(missing))


def _note(pid: int, address: str, stop_signal: int) -> dict[str, Any]:
    return {"pid": pid, "address": address, "stop_signal": int(stop_signal)}
