"""One real Apache Kafka broker in KRaft mode, on loopback, without containers.

It keeps its data, its cluster id and its ports in its directory, so a broker that was stopped or
killed comes back as the same broker at the same address. Standard library only.
"""

import base64
import json
import os
import socket
import struct
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.kafka.jars import fetch_jars, java
from deploy.processes import LOOPBACK, ServerFailed, ServerProcess, free_ports, run_tool

READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
FORMAT_TIMEOUT_S = 60.0
JAVA_OPTIONS = ("-Xms128m", "-Xmx384m", "-XX:+UseSerialGC")
LOGGING = Path(__file__).with_name("log4j2.properties")
# ApiVersions v0: the one request every broker answers to everybody, whatever its version.
_API_VERSIONS = struct.pack(">hhih5s", 18, 0, 1, 5, b"eroad")


class Broker:
    """A broker that is also its own controller; restartable on the same data and port."""

    def __init__(
        self,
        directory: Path,
        *,
        port: int = 0,
        jars: Path | None = None,
        properties: Mapping[str, str] | None = None,
        java_options: Sequence[str] = JAVA_OPTIONS,
        owner: int | None = None,
    ) -> None:
        """`port` 0 picks a free one, once per directory; `owner` is the pid it must not outlive."""
        self.directory = directory
        self._jars = jars
        self._properties = dict(properties or {})
        self._java_options = tuple(java_options)
        self._owner = owner
        self._process: ServerProcess | None = None
        directory.mkdir(parents=True, exist_ok=True)
        self.port, self._controller_port = self._ports(port)

    @property
    def bootstrap(self) -> str:
        """The address clients are given, `host:port`."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """The broker's process id; raises ServerFailed while it is not started."""
        if self._process is None:
            raise ServerFailed(f"the broker in {self.directory} is not started")
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        self.wait_ready()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process, formatting its storage the first time; does not wait."""
        if self._process is not None and self._process.running:
            return
        configuration = self._configure()
        if not (self.directory / "log" / "meta.properties").exists():
            self._format(configuration)
        self._process = ServerProcess(
            [*self._java(), "kafka.Kafka", configuration],
            log=self.directory / "broker.log",
            cwd=self.directory,
            owner=self._owner,
        )

    def wait_ready(self, timeout_s: float = READY_TIMEOUT_S) -> None:
        """Return once the broker answers requests; raise ServerFailed when it does not in time."""
        if self._process is None:
            raise ServerFailed(f"the broker in {self.directory} is not started")
        self._process.await_ready(lambda: answers(LOOPBACK, self.port), timeout_s=timeout_s)

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """End it in order (SIGTERM), and by force when that takes too long."""
        if self._process is not None:
            self._process.stop(timeout_s)
            self._process = None

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def restart(self) -> None:
        """Stop if it runs, start on the same data and port, and wait until it answers."""
        self.stop()
        self.start()
        self.wait_ready()

    def release(self) -> int:
        """Leave the running broker to whoever knows its pid, and return that pid."""
        if self._process is None:
            raise ServerFailed(f"the broker in {self.directory} is not started")
        return self._process.release()

    def _ports(self, port: int) -> tuple[int, int]:
        """Both ports of this directory's broker, chosen once: its quorum remembers them."""
        kept = self.directory / "ports.json"
        if kept.exists():
            client, controller = json.loads(kept.read_text())
        else:
            client, controller = free_ports(2)
            client = port or client
            kept.write_text(json.dumps([client, controller]))
        if port and port != client:
            raise ServerFailed(f"the broker in {self.directory} has port {client}, not {port}")
        return client, controller

    def _java(self) -> list[str]:
        program = java()
        jars = self._jars if self._jars is not None else fetch_jars()
        logging = f"-Dlog4j2.configurationFile={LOGGING}"
        return [program, *self._java_options, logging, "-cp", f"{jars}/*"]

    def _format(self, configuration: Path) -> None:
        argv = [*self._java(), "kafka.tools.StorageTool", "format", "--standalone"]
        command = [*argv, "-t", _new_cluster_id(), "-c", str(configuration)]
        run_tool(command, timeout_s=FORMAT_TIMEOUT_S)

    def _configure(self) -> Path:
        client = f"PLAINTEXT://{LOOPBACK}:{self.port}"
        controller = f"CONTROLLER://{LOOPBACK}:{self._controller_port}"
        properties = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": f"{LOOPBACK}:{self._controller_port}",
            "listeners": f"{client},{controller}",
            "advertised.listeners": f"{client},{controller}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str((self.directory / "log").resolve()),
            **SMALL_MACHINE,
            **self._properties,
        }
        path = self.directory / "server.properties"
        path.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
        return path.resolve()


# One broker on a laptop: no replicas, few internal partitions (fifty each make a slow start), and
# a log cleaner whose buffer fits into the heap. Topics are never made by accident. The session is
# shorter than Kafka's 9 s because a killed broker may not come back before its session ends.
SMALL_MACHINE: Mapping[str, str] = {
    "auto.create.topics.enable": "false",
    "broker.session.timeout.ms": "4000",
    "broker.heartbeat.interval.ms": "1000",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "log.cleaner.dedupe.buffer.size": "16777216",
    "log.segment.bytes": "67108864",
    "message.max.bytes": "1048588",
    "num.network.threads": "2",
    "num.io.threads": "2",
}


def answers(host: str, port: int, timeout_s: float = 1.0) -> bool:
    """Tell whether a broker at this address answers an ApiVersions request without an error."""
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as link:
            link.settimeout(timeout_s)
            link.sendall(struct.pack(">i", len(_API_VERSIONS)) + _API_VERSIONS)
            reply = b""
            while len(reply) < 10 and (piece := link.recv(10 - len(reply))):
                reply += piece
    except OSError:
        return False
    return len(reply) == 10 and struct.unpack(">iih", reply)[1:] == (1, 0)


def _new_cluster_id() -> str:
    """Return a fresh id in Kafka's form; one that starts with a dash would look like an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.UUID(bytes=os.urandom(16)).bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text
