"""MirrorMaker 2 as its makers start it: what replicates Kafka where nobody has the e-road.

The Java options are those of Kafka's own scripts, the settings those that are kindest to it: large
fetches and batches, no heartbeats, no checkpoints, no copies of access rules.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.kafka.broker import LOGGING
from deploy.kafka.jars import fetch_jars, java
from deploy.processes import ServerProcess

SOURCE, TARGET = "kul", "hgh"
TASKS = 2
STOP_TIMEOUT_S = 30.0
JAVA_OPTIONS = (
    "-Xms256m",
    "-Xmx1g",
    "-server",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
)
KIND: Mapping[str, str] = {
    "tasks.max": str(TASKS),
    "emit.heartbeats.enabled": "false",
    "emit.checkpoints.enabled": "false",
    "sync.topic.acls.enabled": "false",
    "replication.factor": "1",
    "offset-syncs.topic.replication.factor": "1",
    "offset.storage.replication.factor": "1",
    "status.storage.replication.factor": "1",
    "config.storage.replication.factor": "1",
    f"{SOURCE}.consumer.max.poll.records": "2000",
    f"{SOURCE}.consumer.isolation.level": "read_committed",
    f"{TARGET}.producer.batch.size": "262144",
    f"{TARGET}.producer.linger.ms": "20",
}


class MirrorMaker:
    """One MirrorMaker 2 that copies a topic of one cluster into another."""

    def __init__(
        self, folder: Path, *, source: str, target: str, topic: str, compression: str
    ) -> None:
        """`source` and `target` are bootstrap addresses; `compression` is its producer's."""
        folder.mkdir(parents=True)
        self.topic = f"{SOURCE}.{topic}"
        properties = {
            "clusters": f"{SOURCE},{TARGET}",
            f"{SOURCE}.bootstrap.servers": source,
            f"{TARGET}.bootstrap.servers": target,
            f"{SOURCE}->{TARGET}.enabled": "true",
            f"{SOURCE}->{TARGET}.topics": topic,
            f"{TARGET}->{SOURCE}.enabled": "false",
            f"{TARGET}.producer.compression.type": compression,
            **KIND,
        }
        settings = folder / "mirror.properties"
        settings.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
        program = [java(), *JAVA_OPTIONS, f"-Dlog4j2.configurationFile={LOGGING}"]
        main = ["-cp", f"{fetch_jars()}/*", "org.apache.kafka.connect.mirror.MirrorMaker"]
        argv: list[str | Path] = [*program, *main, settings, "--clusters", TARGET]
        self._process = ServerProcess(argv, log=folder / "mirror.log", cwd=folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.stop(STOP_TIMEOUT_S)

    @property
    def cpu_s(self) -> float:
        """Seconds of CPU that its process has used so far, user and system."""
        return cpu_s(self._process.pid)

    def log_tail(self) -> str:
        return self._process.log_tail()


def cpu_s(pid: int) -> float:
    """Seconds of CPU, user and system, of all threads of a process, as Linux counts them."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    utime, stime = fields[11:13]  # 14 and 15 of proc(5), the first two being behind us
    return (int(utime) + int(stime)) / os.sysconf("SC_CLK_TCK")
