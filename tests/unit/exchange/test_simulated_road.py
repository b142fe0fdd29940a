"""A seeded simulation of one stream: whatever the road does to frames, both ends agree at the end.

Each run draws its own road: frames repeated, dropped, delayed, reordered and damaged, the link cut
both ways, the destination killed before its commit, a backup restored. Then faults stop, and what
the destination holds must be what was said: everything, once, in order.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from services.exchange.domain.frame import Frame, FrameMalformed, decode_header
from services.exchange.domain.line import line_of
from services.exchange.domain.projection import Projection, row_of
from services.exchange.domain.receive import Apply, receive
from services.exchange.domain.records import Accepted
from services.exchange.domain.stream import StreamPosition
from tests.builders.eroad import a_frame, a_key, a_ring, an_envelope, some_rules

FRAMES = 8
STEPS = 40
SHORT_RUNS, LONG_RUNS = 60, 1_000


@dataclass(frozen=True)
class Held:
    """What a destination's database holds: replaced whole by a commit, or not at all."""

    position: StreamPosition = StreamPosition()
    lines: tuple[tuple[int, bytes], ...] = ()
    hashes: tuple[tuple[int, int, str], ...] = ()

    def hash_at(self, seq: int) -> str | None:
        return next((h for first, last, h in self.hashes if first <= seq <= last), None)


@dataclass
class Simulation:
    """One stream and its road, every choice drawn from the seed."""

    draw: random.Random
    frames: list[Frame] = field(default_factory=list)
    said: list[bytes] = field(default_factory=list)
    head: StreamPosition = StreamPosition()
    held: Held = field(default_factory=Held)
    backup: Held = field(default_factory=Held)
    delayed: list[Frame] = field(default_factory=list)
    refused: int = 0

    def say(self) -> None:
        """The origin says a few things about a few subjects, and closes a frame."""
        start = len(self.said) + 1
        count = self.draw.randint(1, 4)
        lines = [
            line_of(an_envelope(n, subject=f"dossier-{self.draw.randint(1, 5)}"))
            for n in range(start, start + count)
        ]
        frame, self.head = a_frame(lines, after=self.head)
        self.frames.append(frame)
        self.said += lines

    def step(self) -> None:
        """One question to the feed over a faulty road."""
        if self.draw.random() < 0.1:
            self.backup = self.held
        if self.draw.random() < 0.05:
            self.held = self.backup  # the destination was restored
        if self.draw.random() < 0.2:
            return  # the link is cut
        for frame in self.disturbed(self.asked()):
            self.take(frame)

    def asked(self) -> list[Frame]:
        """What the origin answers, and what an earlier answer still has under way."""
        late, self.delayed = self.delayed, []
        behind = [f for f in self.frames if decode_header(f.header).last > self.held.position.seq]
        return late + behind[: self.draw.randint(1, 4)]

    def disturbed(self, frames: Sequence[Frame]) -> list[Frame]:
        arriving: list[Frame] = []
        for frame in frames:
            fate = self.draw.random()
            if fate < 0.15:
                continue
            if fate < 0.3:
                self.delayed.append(frame)
                continue
            arriving += [frame] * (2 if self.draw.random() < 0.5 else 1)
            if fate > 0.9:
                arriving.append(self.damaged(frame))
        if self.draw.random() < 0.4:
            self.draw.shuffle(arriving)
        return arriving

    def damaged(self, frame: Frame) -> Frame:
        """The frame with one bit changed anywhere in it."""
        part = self.draw.randrange(3)
        octets = bytearray(frame[part])
        octets[self.draw.randrange(len(octets))] ^= 1 << self.draw.randrange(8)
        return Frame(*(bytes(octets) if i == part else p for i, p in enumerate(frame)))

    def take(self, frame: Frame) -> None:
        try:
            first = decode_header(frame.header).first
        except FrameMalformed:
            first = 0
        earlier = self.held.hash_at(first) if 0 < first <= self.held.position.seq else None
        decision = receive(
            frame, self.held.position, ring=a_ring(a_key()), rules=some_rules(), earlier=earlier
        )
        if not isinstance(decision, Apply):
            self.refused += 1
            return
        header = decision.header
        lines = [(r.seq, r.line) for r in decision.records if isinstance(r, Accepted)]
        after = replace(
            self.held,
            position=decision.position,
            lines=(*self.held.lines, *lines),
            hashes=(*self.held.hashes, (header.first, header.last, decision.header_hash)),
        )
        if self.draw.random() < 0.1:
            return  # killed before the commit: nothing of it is held
        self.held = after


def run(seed: int) -> Simulation:
    """Simulate until faults stop, then let the road heal."""
    simulation = Simulation(random.Random(seed))
    for _ in range(STEPS):
        if len(simulation.frames) < FRAMES and simulation.draw.random() < 0.5:
            simulation.say()
        simulation.step()
    while len(simulation.frames) < FRAMES:
        simulation.say()
    for frame in simulation.frames:
        if decode_header(frame.header).first == simulation.held.position.seq + 1:
            while simulation.held.position.seq < decode_header(frame.header).last:
                simulation.take(frame)
    return simulation


def agree(simulation: Simulation) -> None:
    """Nothing lost, nothing twice, order kept, equal projection hashes."""
    assert list(simulation.held.lines) == list(enumerate(simulation.said, 1))

    def projection(lines: Sequence[tuple[int, bytes]]) -> str:
        rows = [
            row_of(subject="s", event_type=str(seq % 5), seq=seq, line=line) for seq, line in lines
        ]
        return Projection(rows).digest()

    assert projection(simulation.held.lines) == projection(list(enumerate(simulation.said, 1)))


@pytest.mark.parametrize("seed", range(SHORT_RUNS))
def test_both_ends_agree_after_any_road(seed: int) -> None:
    agree(run(seed))


@pytest.mark.slow
def test_both_ends_agree_after_a_thousand_roads() -> None:
    refused = 0
    for seed in range(SHORT_RUNS, SHORT_RUNS + LONG_RUNS):
        simulation = run(seed)
        refused += simulation.refused
        agree(simulation)

    assert refused > LONG_RUNS  # the roads were bad enough to mean something
