"""Hubs in a full mesh: frames, bytes, lag and CPU, as the mesh grows.

    python -m tests.bench.bench_mesh --out tests/bench/results/mesh.json

A simulation with real work in it: every record becomes a line, every frame is built, signed,
compressed, verified and judged by the code that hubs run, and its CPU time is taken. Simulated are
the clock, the network (a fixed way for each pair, 5 to 150 ms) and the machines: one core per hub,
on which work waits for the work before it. Databases, HTTP and Kafka are left out: `eroad.json` and
`mirror.json` have their costs. Every hub says the same number of events a second, each meant for
one peer, whatever the size of the mesh.
"""

import argparse
import heapq
import json
import platform
import random
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.exchange.domain.frame import FRAME_EVENTS_MAX, Frame, build_frame
from services.exchange.domain.keys import KeyRing, PeerKey, SigningKey
from services.exchange.domain.line import line_of
from services.exchange.domain.receive import Apply, receive
from services.exchange.domain.records import Accepted, ArrivalRules
from services.exchange.domain.stream import Stream, StreamPosition
from shared.contracts.customs.events import ExportReleased
from tests.bench.bench_eroad_core import rules_for
from tests.bench.sample_events import NOW, an_export
from tests.bench.yardstick import yardstick_us

HUBS = (5, 10, 20)
EVENTS_PER_HUB_S = 100
SECONDS = 5.0
CLOSES_AFTER_S = 0.05
"""As the framer does; the second figure shows what closing later is worth in a wide mesh."""
CLOSES_LATER_S = 0.5
LATENCY_S = (0.005, 0.15)


@dataclass
class OneCore:
    """A hub's machine: work waits until the work before it is done."""

    free_at: float = 0.0
    busy_s: float = 0.0

    def does(self, at: float, cpu_s: float) -> float:
        """Return when work is done that comes at `at` and takes `cpu_s` seconds of CPU."""
        self.free_at = max(at, self.free_at) + cpu_s
        self.busy_s += cpu_s
        return self.free_at


@dataclass
class Mesh:
    """Hubs, each of which tells every other one something, until the simulated time is over."""

    count: int
    closes_after_s: float
    seconds: float
    draw: random.Random
    lags: list[float] = field(default_factory=list)
    frames: int = 0
    octets: int = 0

    def __post_init__(self) -> None:
        self.names = [f"{chr(97 + n // 26)}{chr(97 + n % 26)}-hub" for n in range(self.count)]
        self.keys = {name: SigningKey.of(Ed25519PrivateKey.generate()) for name in self.names}
        begins, ends = NOW - timedelta(days=1), NOW + timedelta(days=80)
        self.rings = {
            name: KeyRing(name, [PeerKey.of(key.private.public_key(), nbf=begins, exp=ends)])
            for name, key in self.keys.items()
        }
        self.cores = {name: OneCore() for name in self.names}
        self.ways = {
            (one, other): self.draw.uniform(*LATENCY_S)
            for one in self.names
            for other in self.names
            if one != other
        }
        self.sent: dict[Stream, StreamPosition] = defaultdict(StreamPosition)
        self.held: dict[Stream, StreamPosition] = defaultdict(StreamPosition)
        self.types = rules_for(ExportReleased).types

    def run(self) -> None:
        """Let every hub say its events, and every frame arrive."""
        waiting: dict[Stream, list[tuple[float, bytes]]] = defaultdict(list)
        # (moment, number, stream, frame): without a frame, that of closing one.
        queue: list[tuple[float, int, Stream, Frame | None, list[float]]] = []
        number = 0
        for at, stream, line in self._said():
            while queue and queue[0][0] <= at:
                number = self._next(queue, waiting, number)
            if not waiting[stream]:
                number += 1
                heapq.heappush(queue, (at + self.closes_after_s, number, stream, None, []))
            waiting[stream].append((at, line))
        while queue:
            number = self._next(queue, waiting, number)

    def _next(
        self,
        queue: list[tuple[float, int, Stream, Frame | None, list[float]]],
        waiting: dict[Stream, list[tuple[float, bytes]]],
        number: int,
    ) -> int:
        at, _, stream, frame, said = heapq.heappop(queue)
        if frame is not None:
            self._arrives(at, stream, frame, said)
            return number
        while waiting[stream]:
            some, waiting[stream] = (
                waiting[stream][:FRAME_EVENTS_MAX],
                waiting[stream][FRAME_EVENTS_MAX:],
            )
            made, sent_at = self._close(at, stream, [line for _, line in some])
            arrives = sent_at + self.ways[stream.origin, stream.dest]
            number += 1
            heapq.heappush(queue, (arrives, number, stream, made, [at for at, _ in some]))
        return number

    def _said(self) -> list[tuple[float, Stream, bytes]]:
        """All that is said, in order of time, each to a peer drawn for it."""
        said = []
        for origin in self.names:
            at = 0.0
            while (at := at + self.draw.expovariate(EVENTS_PER_HUB_S)) < self.seconds:
                dest = self.draw.choice([name for name in self.names if name != origin])
                stream = Stream(origin, dest, "customs")
                event = msgspec.structs.replace(
                    an_export(self.draw), source=f"hub:{origin}/customs", hub=origin, audience=dest
                )
                said.append((at, stream, line_of(event)))
        return sorted(said, key=lambda each: each[0])

    def _close(self, at: float, stream: Stream, lines: list[bytes]) -> tuple[Frame, float]:
        began = time.process_time()
        frame, self.sent[stream] = build_frame(
            lines,
            stream=stream,
            after=self.sent[stream],
            schema_set="sha256:bench",
            key=self.keys[stream.origin],
            now=NOW,
        )
        done = self.cores[stream.origin].does(at, time.process_time() - began)
        self.frames += 1
        self.octets += sum(map(len, frame))
        return frame, done

    def _arrives(self, at: float, stream: Stream, frame: Frame, said: list[float]) -> None:
        rules = ArrivalRules(stream=stream, types=self.types, now=None)
        began = time.process_time()
        decision = receive(frame, self.held[stream], ring=self.rings[stream.origin], rules=rules)
        done = self.cores[stream.dest].does(at, time.process_time() - began)
        assert isinstance(decision, Apply), decision
        assert all(isinstance(record, Accepted) for record in decision.records)
        self.held[stream] = decision.position
        self.lags += [done - moment for moment in said]

    def figures(self) -> dict[str, float]:
        """What the mesh took; all is applied, so nothing is left out of it."""
        busy = sum(core.busy_s for core in self.cores.values())
        cuts = quantiles(self.lags, n=100)
        return {
            "hubs": self.count,
            "streams": len(self.held),
            "closes_after_ms": self.closes_after_s * 1000,
            "events": len(self.lags),
            "frames": self.frames,
            "events_per_frame": round(len(self.lags) / self.frames, 2),
            "bytes_per_event": round(self.octets / len(self.lags)),
            "lag_ms_p50": round(cuts[49] * 1000, 1),
            "lag_ms_p99": round(cuts[98] * 1000, 1),
            "cpu_us_per_event_both_ends": round(busy / len(self.lags) * 1e6, 1),
            "core_share_per_hub": round(busy / self.count / self.seconds, 4),
        }


def run(scale: float = 1.0) -> dict[str, Any]:
    """Measure each size of mesh; `scale` 1 takes about half a minute."""
    seconds = max(0.05, SECONDS * scale)
    found = [
        _measured(count, closes, seconds)
        for count in HUBS
        for closes in (CLOSES_AFTER_S, CLOSES_LATER_S)
    ]
    return {
        "what": "full mesh of hubs, simulated network, real frames",
        "python": platform.python_version(),
        "yardstick_us": round(yardstick_us(), 2),
        "events_per_hub_per_s": EVENTS_PER_HUB_S,
        "seconds": seconds,
        "meshes": found,
    }


def _measured(count: int, closes_after_s: float, seconds: float) -> dict[str, float]:
    mesh = Mesh(count, closes_after_s, seconds, random.Random(count))
    mesh.run()
    return mesh.figures()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    arguments = parser.parse_args()
    result = json.dumps(run(arguments.scale), indent=2) + "\n"
    print(result, end="")
    if arguments.out:
        arguments.out.write_text(result, "utf-8")


if __name__ == "__main__":
    main()
