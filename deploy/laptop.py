"""Two hubs on one machine: their folders, databases, logs and processes, started and stopped."""

import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from deploy.hub.plan import HubPlan, found
from deploy.hub.services import SERVICES
from deploy.kafka.broker import Broker
from deploy.postgres.server import Server
from deploy.processes import ServerProcess, free_ports
from shared.kernel.clock import SystemClock

HUBS = ("my-kul", "cn-hgh")
READY_S = 120.0
STOP_S = 30.0
PROBE_S = 2.0
ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Laptop:
    """Hubs that know each other, in one folder of this machine."""

    folder: Path
    plans: Mapping[str, HubPlan]
    processes: dict[str, ServerProcess] = field(default_factory=dict)

    def start(self, hub: str) -> None:
        """Start one hub's process, or start it again after it was killed."""
        plan = self.plans[hub]
        self.processes[hub] = ServerProcess(
            [sys.executable, "-m", "deploy.hub", plan.path.absolute() / "hub.json"],
            log=plan.path / "hub.log",
            cwd=ROOT,
        )

    def wait_ready(self, hub: str) -> None:
        """Return once every service of the hub answers; raise ServerFailed when it does not."""
        plan = self.plans[hub]
        self.processes[hub].await_ready(lambda: answers(plan), timeout_s=READY_S)

    def kill(self, hub: str) -> None:
        """End a hub's process as a power cut would."""
        self.processes.pop(hub).kill()

    def stop(self) -> None:
        for process in self.processes.values():
            process.stop(STOP_S)
        self.processes.clear()


def answers(plan: HubPlan) -> bool:
    """Say whether the hub's front and its last service answer."""
    try:
        for path in ("/readyz", f"/{list(SERVICES)[-1]}/readyz"):
            with urllib.request.urlopen(plan.url + path, timeout=PROBE_S) as reply:  # noqa: S310
                if reply.status != 200:
                    return False
    except (urllib.error.URLError, OSError):
        return False
    return True


def planned(
    folder: Path,
    *,
    hubs: Sequence[str] = HUBS,
    ports: Sequence[int] = (),
    database: str = "",
    kafka: Mapping[str, str] | None = None,
    otlp_endpoint: str = "",
    reached_at: Mapping[str, str] | None = None,
) -> Laptop:
    """Lay the hubs out in `folder`, each knowing all others; ports and keys are kept.

    `reached_at` says where its peers find a hub that is not simply at its own port.
    """
    kept = {hub: folder / hub / "hub.json" for hub in hubs}
    chosen = iter(ports or free_ports(len(hubs)))
    port_of = {
        hub: HubPlan.load(file).port if file.exists() and not ports else next(chosen)
        for hub, file in kept.items()
    }
    address_of = {hub: f"http://127.0.0.1:{port_of[hub]}" for hub in hubs} | dict(reached_at or {})
    plans = {
        hub: HubPlan(
            hub=hub,
            folder=str(folder / hub),
            port=port_of[hub],
            peers={
                **_joined_later(kept[hub], hubs),
                **{other: address_of[other] for other in hubs if other != hub},
            },
            database=database,
            kafka=(kafka or {}).get(hub, ""),
            peer_kafka={other: at for other, at in (kafka or {}).items() if other != hub},
            otlp_endpoint=otlp_endpoint,
        )
        for hub in hubs
    }
    found(list(plans.values()), now=SystemClock().now())
    return Laptop(folder, plans)


def _joined_later(plan: Path, hubs: Sequence[str]) -> dict[str, str]:
    """Return the peers that an operator added to a hub since it was laid out."""
    peers = HubPlan.load(plan).peers if plan.exists() else {}
    return {hub: url for hub, url in peers.items() if hub not in hubs}


@contextmanager
def running(
    folder: Path,
    *,
    hubs: Sequence[str] = HUBS,
    ports: Sequence[int] = (),
    database: Literal["sqlite", "postgres"] = "sqlite",
    database_url: str = "",
    bus: Literal["sqlite", "kafka"] = "sqlite",
    kafka: Mapping[str, str] | None = None,
    otlp_endpoint: str = "",
    reached_at: Mapping[str, str] | None = None,
) -> Iterator[Laptop]:
    """Run the hubs until the block is left; starts the servers that are asked for and not given.

    `database_url` is a server's address, postgresql://user@host:port; `kafka` names each hub's
    cluster. Raises ServerFailed, KafkaMissing or PostgresMissing with what to install.
    """
    with ExitStack() as stack:
        if database == "postgres" and not database_url:
            server = stack.enter_context(Server(folder / "postgres"))
            database_url = server.url().rpartition("/")[0]
            _create_databases(server, hubs)
        if bus == "kafka" and not kafka:
            brokers = {hub: Broker(folder / "kafka" / hub) for hub in hubs}
            for broker in brokers.values():
                stack.callback(broker.stop)
                broker.start()
            for broker in brokers.values():
                broker.wait_ready()
            kafka = {hub: broker.bootstrap for hub, broker in brokers.items()}
        laptop = planned(
            folder,
            hubs=hubs,
            ports=ports,
            database=database_url.replace("postgresql://", "postgresql+asyncpg://", 1),
            kafka=kafka,
            otlp_endpoint=otlp_endpoint,
            reached_at=reached_at,
        )
        stack.callback(laptop.stop)
        for hub in hubs:
            laptop.start(hub)
        for hub in hubs:
            laptop.wait_ready(hub)
        yield laptop


def _create_databases(server: Server, hubs: Sequence[str]) -> None:
    """Create a database per service and hub where there is none yet."""
    marker = server.directory / "databases.txt"
    known = set(marker.read_text(encoding="utf-8").split()) if marker.exists() else set()
    for hub in hubs:
        for service in SERVICES:
            name = f"{hub}_{service}".replace("-", "_")
            if name not in known:
                server.create_database(name)
                known.add(name)
                marker.write_text("\n".join(sorted(known)), encoding="utf-8")
