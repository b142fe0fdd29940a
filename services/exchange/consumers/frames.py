"""Taking one frame, whichever way it came: judged outside any writing transaction, kept in one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from services.exchange.domain.frame import Frame
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.peer import Peer
from services.exchange.domain.receive import Apply, Duplicate, Refused
from services.exchange.domain.records import TypeRule
from services.exchange.store.tx import ExchangeTx
from services.exchange.usecases.apply_frame import apply_frame
from services.exchange.usecases.judge_frame import (
    Decision,
    Frozen,
    Standing,
    find_standing,
    judge_frame,
)
from shared.db.tx import Store
from shared.kernel.errors import Unavailable

log = structlog.get_logger(__name__)

TRIES_MAX = 5


class StreamContested(Unavailable):
    """Other workers move the stream faster than this one can judge; try again later."""

    code = "exchange.stream-contested"


@dataclass
class FrameTaker:
    """Takes the frames of one peer."""

    store: Store[ExchangeTx]
    peer: Peer
    rules: Mapping[str, TypeRule]
    key: SigningKey
    clocks_may_differ: bool = False
    decided: dict[str, int] = field(default_factory=dict)
    """How many frames were decided on in this process, by outcome or reason."""

    async def take(self, frame: Frame, *, log_offset: int | None = None) -> tuple[str, Decision]:
        """Judge a frame and keep what was decided; return its stream's key with the decision."""
        for _ in range(TRIES_MAX):
            async with self.store.reading() as tx:
                standing = await find_standing(tx, frame, origin=self.peer.hub)
            decision = judge_frame(
                frame, standing, peer=self.peer, rules=self.rules, now=self._now()
            )
            if await self._kept(frame, standing, decision, log_offset):
                self._tell(standing.stream.key, decision)
                return standing.stream.key, decision
        raise StreamContested(f"another worker moves the streams of {self.peer.hub}")

    async def _kept(
        self, frame: Frame, standing: Standing, decision: Decision, log_offset: int | None
    ) -> bool:
        if isinstance(decision, Frozen | Duplicate):
            return True
        async with self.store.transaction() as tx:
            return await apply_frame(
                tx,
                frame=frame,
                standing=standing,
                decision=decision,
                key=self.key,
                log_offset=log_offset,
            )

    def _now(self) -> datetime | None:
        return None if self.clocks_may_differ else self.store.clock.now()

    def _tell(self, stream: str, decision: Decision) -> None:
        if isinstance(decision, Refused):
            outcome = decision.reason.value
        else:
            outcome = type(decision).__name__.lower()
        self.decided[outcome] = self.decided.get(outcome, 0) + 1
        if not isinstance(decision, Apply | Duplicate):
            log.error("road.stopped", peer=self.peer.hub, stream=stream, decision=str(decision))
