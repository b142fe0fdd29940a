"""CPU time per event of the e-road's pure core, beside what it is compared with.

    python -m tests.bench.bench_eroad_core --out tests/bench/results/eroad_core.json

Process CPU time, one thread, frames of 500 events of about 1 kB with varied content; the
best of several rounds, because other work on the machine only ever adds.
"""

import argparse
import json
import os
import platform
import random
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.exchange.domain.dsse import FRAME
from services.exchange.domain.frame import FRAME_EVENTS_MAX, Frame, build_frame
from services.exchange.domain.keys import KeyRing, PeerKey, SigningKey
from services.exchange.domain.line import envelope_of, line_of
from services.exchange.domain.policy import compile_policy
from services.exchange.domain.receive import Apply, Opened, open_frame, receive
from services.exchange.domain.records import Accepted, ArrivalRules
from services.exchange.domain.stream import StreamPosition
from services.exchange.service import agreements_of_all
from shared.contracts.customs.events import ExportReleased
from shared.contracts.event import Envelope, Event
from shared.contracts.orders.events import OrderPlaced
from shared.runtime.memory import settle
from tests.bench.sample_events import NOW, STREAM, an_export, an_order
from tests.bench.yardstick import IDLE_CORE_US, Between

TARGETS_US = {"build_and_sign": 5.0, "verify_and_forward": 4.0}
ROUNDS = 7
FRAMES_PER_ROUND = 20
BASELINE_EVENTS = 100


def run(scale: float = 1.0) -> dict[str, Any]:
    """Measure everything once; `scale` 1 takes about ten seconds, 0.05 is enough to see it run."""
    rounds = max(1, round(ROUNDS * min(scale, 1.0)))
    frames = max(1, round(FRAMES_PER_ROUND * scale))
    bench = Bench(random.Random(2026))
    settle()  # as every process does before it serves
    costs = {
        name: _cpu_us(work, rounds=rounds, times=frames, events=FRAME_EVENTS_MAX)
        for name, work in bench.of_frames().items()
    } | {
        name: _cpu_us(work, rounds=rounds, times=frames, events=BASELINE_EVENTS)
        for name, work in bench.baselines().items()
    }
    return {
        "what": "e-road core, CPU µs per event",
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "frame_events": FRAME_EVENTS_MAX,
        "event_bytes_mean": sum(map(len, bench.lines)) // len(bench.lines),
        "frame_value_bytes": len(bench.frame.value),
        "cpu_us_per_event": costs,
        "in_yardsticks": {
            name: _in_yardsticks(bench.of_frames()[name], rounds=rounds, times=frames)
            for name in TARGETS_US
        },
        "targets_in_yardsticks": {
            name: round(us / IDLE_CORE_US, 2) for name, us in TARGETS_US.items()
        },
    }


class Bench:
    """One full frame's worth of events, and each step of their way as a call without arguments."""

    def __init__(self, draw: random.Random) -> None:
        self.key = SigningKey.of(Ed25519PrivateKey.generate())
        public = self.key.private.public_key()
        self.peer_key = PeerKey.of(
            public, nbf=NOW - timedelta(days=1), exp=NOW + timedelta(days=80)
        )
        self.ring = KeyRing(STREAM.origin, [self.peer_key])
        self.policies = {
            event.wire_name: compile_policy(
                event.model_json_schema(), leaves_hub=True, pair_key=draw.randbytes(32)
            )
            for event in (ExportReleased, OrderPlaced)
        }
        self.exports = [an_export(draw) for _ in range(FRAME_EVENTS_MAX)]
        self.orders = [an_order(draw) for _ in range(FRAME_EVENTS_MAX)]
        self.lines = [line_of(envelope) for envelope in self.exports]
        self.frame = self._build(self.lines)
        self.rules = rules_for(ExportReleased)
        few = self.lines[:BASELINE_EVENTS]
        self.signed = [(line, self.key.sign(FRAME, line)) for line in few]

    def of_frames(self) -> Mapping[str, Callable[[], object]]:
        return {
            "build_and_sign": lambda: self._build([line_of(event) for event in self.exports]),
            "build_and_sign_ready_lines": lambda: self._build(self.lines),
            "project_export": lambda: [self._project(envelope) for envelope in self.exports],
            "project_order_with_personal_data": lambda: [
                self._project(envelope) for envelope in self.orders
            ],
            "verify_and_forward": self._forward,
            "verify_and_read_envelopes": self._read,
            "verify_and_judge_every_record": self._judge,
        }

    def baselines(self) -> Mapping[str, Callable[[], object]]:
        return {
            "baseline_signature_per_record": lambda: [
                self.key.sign(FRAME, line) for line, _ in self.signed
            ],
            "baseline_verify_per_record": lambda: [
                self.peer_key.verifies(FRAME, line, signature) for line, signature in self.signed
            ],
            "baseline_json_loads": lambda: [json.loads(line) for line, _ in self.signed],
        }

    def _project(self, envelope: Envelope) -> Envelope:
        return msgspec.structs.replace(
            envelope, data=self.policies[envelope.type].project(envelope.data).data
        )

    def _build(self, lines: list[bytes]) -> Frame:
        return build_frame(
            lines,
            stream=STREAM,
            after=StreamPosition(),
            schema_set="sha256:5d41",
            key=self.key,
            now=NOW,
        )[0]

    def _open(self) -> Opened:
        opened = open_frame(self.frame, StreamPosition(), stream=STREAM, ring=self.ring)
        assert isinstance(opened, Opened)
        return opened

    def _forward(self) -> Frame:
        """What a relay of whole frames does: check all of it, then hand the same bytes on."""
        self._open()
        return Frame(*self.frame)

    def _read(self) -> list[Envelope]:
        return [envelope_of(line) for line in self._open().lines]

    def _judge(self) -> Apply:
        decision = receive(self.frame, StreamPosition(), ring=self.ring, rules=self.rules)
        assert isinstance(decision, Apply)
        assert all(isinstance(record, Accepted) for record in decision.records)
        return decision


def _cpu_us(work: Callable[[], object], *, rounds: int, times: int, events: int) -> float:
    """Process CPU µs per event, the best of `rounds` after one call to warm up."""
    work()
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time_ns()
        for _ in range(times):
            work()
        best = min(best, (time.process_time_ns() - began) / times / events / 1000)
    return round(best, 3)


def _in_yardsticks(work: Callable[[], object], *, rounds: int, times: int) -> float:
    between = Between()
    for _ in range(rounds):
        between.add(_cpu_us(work, rounds=1, times=times, events=FRAME_EVENTS_MAX))
    return between.median()


def rules_for(event: type[Event]) -> ArrivalRules:
    """How a destination checks events of one type."""
    types = agreements_of_all({event.wire_name: event.model_json_schema()}).rules()
    return ArrivalRules(stream=STREAM, types=types, now=NOW)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="file for the figures, as JSON")
    parser.add_argument("--scale", type=float, default=1.0)
    options = parser.parse_args()
    figures = run(options.scale)
    text = json.dumps(figures, indent=2, ensure_ascii=False) + "\n"
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text)
    print(text, end="")


if __name__ == "__main__":
    main()
