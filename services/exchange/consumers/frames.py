"""Taking frames, whichever way they came: judged outside any writing transaction, kept in one.

Frames that follow each other are kept together: what a transaction costs is shared by them.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import structlog

from services.exchange.domain.agreement import Agreements
from services.exchange.domain.frame import Frame
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.peer import Peer
from services.exchange.domain.receive import Apply, Duplicate, Gap, Refused
from services.exchange.domain.records import TypeRule
from services.exchange.store.tx import ExchangeTx
from services.exchange.usecases.apply_frame import apply_frames, stop_at
from services.exchange.usecases.judge_frame import (
    Decision,
    Standing,
    behind,
    find_standing,
    judge_frame,
    stream_of,
)
from shared.db.tx import Store
from shared.kernel.errors import Unavailable

log = structlog.get_logger(__name__)

TRIES_MAX = 5
FRAMES_PER_TRANSACTION_MAX = 8


class StreamContested(Unavailable):
    """Other workers move the stream faster than this one can judge; try again later."""

    code = "exchange.stream-contested"


class Arrived(NamedTuple):
    """A frame, and where a peer's log goes on behind it if it was read from one."""

    frame: Frame
    log_offset: int | None = None


class _Run(NamedTuple):
    """Frames to apply together, or one that is not to be applied."""

    standing: Standing
    judged: list[tuple[Arrived, Decision]]


@dataclass
class FrameTaker:
    """Takes the frames of one peer."""

    store: Store[ExchangeTx]
    peer: Peer
    agreements: Agreements
    key: SigningKey
    clocks_may_differ: bool = False
    decided: dict[str, int] = field(default_factory=dict)
    """How many frames were decided on in this process, by outcome or reason."""
    _behind: dict[str, Standing] = field(default_factory=dict)
    """Where streams stood behind the last frame applied here: the next one need not ask."""

    async def take(self, frame: Frame, *, log_offset: int | None = None) -> tuple[str, Decision]:
        """Judge a frame and keep what was decided; return its stream's key with the decision."""
        async for taken in self.take_all([Arrived(frame, log_offset)]):
            return taken
        raise AssertionError("every frame that is taken is decided on")

    async def take_all(self, arrived: Sequence[Arrived]) -> AsyncIterator[tuple[str, Decision]]:
        """Take frames in their order; what was decided on each is kept before it is told."""
        done, tries = 0, 0
        while done < len(arrived):
            run = await self._judge(arrived[done:])
            if await self._kept(run):
                for _, decision in run.judged:
                    self._tell(run.standing.stream.key, decision)
                    yield run.standing.stream.key, decision
                done, tries = done + len(run.judged), 0
                continue
            tries += 1
            if tries == TRIES_MAX:
                raise StreamContested(f"another worker moves the streams of {self.peer.hub}")

    async def _judge(self, arrived: Sequence[Arrived]) -> _Run:
        """Judge the first frame, and those behind it that can be applied with it."""
        first = arrived[0]
        standing = await self._standing(first.frame)
        rules = await self.rules()
        decision = self._decide(first.frame, standing, rules)
        run, stands = _Run(standing, [(first, decision)]), standing
        for each in arrived[1:FRAMES_PER_TRANSACTION_MAX]:
            if not isinstance(decision, Apply):
                break
            stands = behind(stands, decision)
            if self._place(each.frame) != (stands.stream.key, stands.position.seq + 1):
                break
            await asyncio.sleep(0)  # judging a full frame takes milliseconds: others get their turn
            decision = self._decide(each.frame, stands, rules)
            if isinstance(decision, Apply):
                run.judged.append((each, decision))
        return run

    async def rules(self) -> Mapping[str, TypeRule]:
        """Return how this peer's records are judged: as was agreed when the hubs were founded, or
        by the contracts that hold now."""
        if self.peer.founding:
            return self.agreements.rules()
        async with self.store.reading() as tx:
            return self.agreements.rules(await tx.negotiations.taken_from(self.peer.hub))

    def _decide(self, frame: Frame, standing: Standing, rules: Mapping[str, TypeRule]) -> Decision:
        now: datetime | None = None if self.clocks_may_differ else self.store.clock.now()
        return judge_frame(frame, standing, peer=self.peer, rules=rules, now=now)

    def _place(self, frame: Frame) -> tuple[str, int]:
        stream, first = stream_of(frame, origin=self.peer.hub, dest=self.store.ids.hub)
        return stream.key, first

    async def _standing(self, frame: Frame) -> Standing:
        stream, first = self._place(frame)
        known = self._behind.pop(stream, None)
        if known is not None and first == known.position.seq + 1:
            return known
        async with self.store.reading() as tx:
            return await find_standing(tx, frame, origin=self.peer.hub)

    async def _kept(self, run: _Run) -> bool:
        """Keep a run; False when its stream has moved meanwhile."""
        last, decision = run.judged[-1]
        if isinstance(decision, Gap | Refused):
            async with self.store.transaction() as tx:
                return await stop_at(tx, standing=run.standing, frame=last.frame, decision=decision)
        if not isinstance(decision, Apply):
            return True
        applied = [(each.frame, d) for each, d in run.judged if isinstance(d, Apply)]
        async with self.store.transaction() as tx:
            kept = await apply_frames(
                tx,
                standing=run.standing,
                frames=applied,
                key=self.key,
                log_offset=last.log_offset,
            )
        if kept:
            stands = run.standing
            for _, each in applied:
                stands = behind(stands, each)
            self._behind[stands.stream.key] = stands
        return kept

    def _tell(self, stream: str, decision: Decision) -> None:
        if isinstance(decision, Refused):
            outcome = decision.reason.value
        else:
            outcome = type(decision).__name__.lower()
        self.decided[outcome] = self.decided.get(outcome, 0) + 1
        if not isinstance(decision, Apply | Duplicate):
            log.error("road.stopped", peer=self.peer.hub, stream=stream, decision=str(decision))
