"""Peers are heard by asking them: one loop per peer pulls frames, applies them, gives receipts."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from services.exchange.clients.feed import Feed
from services.exchange.domain.frame import FrameMalformed, FrameOverLimit
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.peer import Peer
from services.exchange.domain.receive import Apply, Duplicate
from services.exchange.domain.records import TypeRule
from services.exchange.store.tx import ExchangeTx
from services.exchange.usecases.apply_frame import apply_frame
from shared.db.tx import Store
from shared.kernel.errors import Unavailable

log = structlog.get_logger(__name__)

RETRY_S_MIN = 0.1
RETRY_S_MAX = 5.0


@dataclass
class Puller:
    """Pulls one peer's frames for as long as `run` runs."""

    store: Store[ExchangeTx]
    peer: Peer
    feed: Feed
    rules: Mapping[str, TypeRule]
    key: SigningKey

    async def run(self) -> None:
        """Pull for ever; a peer that is away or sends nonsense is asked again, ever later."""
        wait_s = RETRY_S_MIN
        while True:
            try:
                clean = await self.pull()
                await self.give_receipts()
                if clean:
                    wait_s = RETRY_S_MIN
                    continue
            except (Unavailable, FrameMalformed, FrameOverLimit) as error:
                log.info("road.waiting", peer=self.peer.hub, why=error.message)
            await asyncio.sleep(wait_s + secrets.randbelow(100) / 1000)
            wait_s = min(wait_s * 2, RETRY_S_MAX)

    async def pull(self) -> bool:
        """Ask once and apply what came; False when a stream stopped or the peer is suspended."""
        async with self.store.reading() as tx:
            suspended = await tx.contracts.is_suspended(self.peer.hub)
            streams = await tx.incoming.all(self.peer.hub)
        if suspended:
            return False
        frames = await self.feed.frames_after({s.stream: s.position.seq for s in streams})
        clean = True
        for frame in frames:
            async with self.store.transaction() as tx:
                decision = await apply_frame(
                    tx, frame=frame, peer=self.peer, rules=self.rules, key=self.key
                )
            if not isinstance(decision, Apply | Duplicate):
                log.error("road.stopped", peer=self.peer.hub, decision=str(decision))
                clean = False
        return clean

    async def give_receipts(self) -> None:
        """Hand over the receipts the peer does not have yet."""
        async with self.store.reading() as tx:
            unsent = await tx.incoming.unsent_receipts(self.peer.hub)
        if not unsent:
            return
        await self.feed.give_receipts(unsent)
        async with self.store.transaction() as tx:
            sent = [(stream, first) for stream, first, _ in unsent]
            await tx.incoming.receipts_sent(sent, now=tx.now)
