"""A peer's feed: frames are pulled from it and applied, receipts handed over."""

import time
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog

from services.exchange.clients.feed import Feed
from services.exchange.consumers.frames import Arrived, FrameTaker
from services.exchange.consumers.patience import Patience
from services.exchange.consumers.snapshots import SnapshotTaker
from services.exchange.domain.receive import Apply, Duplicate
from services.exchange.store.tx import ExchangeTx
from shared.db.tx import Store

log = structlog.get_logger(__name__)


class Pulled(NamedTuple):
    """What one question brought: the streams that stopped, those met for the first time apart."""

    stopped: frozenset[str] = frozenset()
    unmet: frozenset[str] = frozenset()
    frames: int = 0
    is_suspended: bool = False

    @property
    def clean(self) -> bool:
        """Whether all that came was applied."""
        return not (self.stopped or self.is_suspended)


@dataclass
class Puller:
    """Pulls one peer's frames from its feed, and hands it our receipts."""

    store: Store[ExchangeTx]
    feed: Feed
    taker: FrameTaker
    patience: Patience = field(default_factory=lambda: Patience(time.monotonic))

    def __post_init__(self) -> None:
        self.snapshots = SnapshotTaker(self.store, self.feed, self.taker)

    @property
    def hub(self) -> str:
        return self.taker.peer.hub

    async def pull(self, *, wait_s: float = 0.0) -> Pulled:
        """Ask once and apply what came.

        A stream that stops is left out of the next questions for a while; the others go on.
        """
        async with self.store.reading() as tx:
            if await tx.contracts.is_suspended(self.hub):
                return Pulled(is_suspended=True)
            streams = await tx.incoming.all(self.hub)
        positions = {each.stream: each.position.seq for each in streams}
        frozen = {each.stream for each in streams if each.is_frozen}
        held = (self.patience.held() | frozen) & positions.keys()
        if held - frozen:
            wait_s = min(wait_s, self.patience.shortest_s(held - frozen))
        frames, behind = await self.feed.frames_after(positions, held=held, wait_s=wait_s)
        stopped: set[str] = set()
        async for stream, decision in self.taker.take_all([Arrived(frame) for frame in frames]):
            if isinstance(decision, Apply | Duplicate):
                self.patience.release(stream)
                stopped.discard(stream)
            elif stream not in stopped:
                stopped.add(stream)
                self.patience.hold(stream)
        for name in behind:
            if not await self.snapshots.take(name):
                stopped.add(name)
                self.patience.hold(name)
        return Pulled(frozenset(stopped), frozenset(stopped - positions.keys()), len(frames))

    async def give_receipts(self) -> int:
        """Hand over the receipts the peer does not have yet; one it refuses holds up no other.

        Return how many there were."""
        snapshots = await self.snapshots.give_receipts()
        async with self.store.reading() as tx:
            unsent = await tx.receipts.unsent(self.hub, now=tx.now)
        if not unsent:
            return snapshots
        refused = await self.feed.give_receipts(unsent)
        names = {(stream, first) for stream, first, _ in refused}
        async with self.store.transaction() as tx:
            sent = [(stream, first) for stream, first, _ in unsent if (stream, first) not in names]
            await tx.receipts.sent(sent, now=tx.now)
            await tx.receipts.refused(refused, now=tx.now)
        for stream, first, reason in refused:
            log.error(
                "road.receipt-refused", peer=self.hub, stream=stream, first=first, reason=reason
            )
        return len(unsent) + snapshots
