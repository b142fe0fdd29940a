"""The link to one peer: frames by Kafka or by the feed, as its operator chose, receipts back."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from services.exchange.clients.feed import WAIT_S, FeedUnavailable
from services.exchange.consumers.follower import Follower
from services.exchange.consumers.peers import Puller
from services.exchange.domain.frame import FrameMalformed, FrameOverLimit
from services.exchange.domain.peer import Peer
from services.exchange.store.tx import TAKEN, ExchangeTx
from shared.db.tx import Store
from shared.kernel.errors import Unavailable
from shared.messaging.bus import BusError

log = structlog.get_logger(__name__)

RETRY_S_MIN = 0.1
RETRY_S_MAX = 5.0
POLL_S = 0.5
RECEIPTS_EVERY_S = 0.25
"""How long receipts gather, so that those of a moment go together."""
RECEIPTS_LOOK_S = 5.0
"""How often to look where nothing was taken here: those of another worker, those refused once."""
FEED_LOOK_S = 30.0
"""How often the feed is asked beside Kafka: what a log lost at its end no later frame tells."""


@dataclass
class Link:
    """Hears one peer for as long as `run` runs."""

    store: Store[ExchangeTx]
    peer: Peer
    puller: Puller
    follower: Follower | None
    now: Callable[[], float] = time.monotonic
    _looked_at: float = 0.0

    async def run(self) -> None:
        """Hear and acknowledge for ever, each at its own pace: a peer that is slow to take receipts
        slows nothing that comes from it."""
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._for_ever(self.hear), name=f"hear {self.peer.hub}")
                both.create_task(
                    self._for_ever(self.acknowledge), name=f"acknowledge {self.peer.hub}"
                )
        finally:
            await self._leave_kafka()

    async def _for_ever(self, step: Callable[[], Awaitable[bool]]) -> None:
        """Take a step again and again; a peer that is away is asked again, ever later."""
        wait_s = RETRY_S_MIN
        while True:
            try:
                if await step():
                    wait_s = RETRY_S_MIN
                    continue
            except (Unavailable, FrameMalformed, FrameOverLimit) as error:
                log.info("road.waiting", peer=self.peer.hub, why=error.message)
            await asyncio.sleep(wait_s + secrets.randbelow(100) / 1000)
            wait_s = min(wait_s * 2, RETRY_S_MAX)

    async def acknowledge(self) -> bool:
        """Hand over the receipts that wait, those of a moment together."""
        taken = self.store.bells[TAKEN]
        seen = taken.rung
        if not await self.puller.give_receipts():
            await taken.wait(after=seen, timeout_s=RECEIPTS_LOOK_S)
        await asyncio.sleep(RECEIPTS_EVERY_S)
        return True

    async def hear(self) -> bool:
        """Take what is there now, whichever way it comes; say whether to ask again at once."""
        if not self.peer.ring:
            raise FeedUnavailable(f"no document of {self.peer.hub} is here yet")
        if self.follower is None:  # then there is one way, and the puller looks by itself
            return await self._hear_feed()
        async with self.store.reading() as tx:
            if await tx.contracts.is_suspended(self.peer.hub):
                await self._leave_kafka()
                return False
            transport = await tx.contracts.transport(self.peer)
        if transport == "kafka":
            return await self._hear_kafka(self.follower)
        await self._leave_kafka()
        return await self._hear_feed()

    async def _hear_feed(self) -> bool:
        pulled = await self.puller.pull(wait_s=WAIT_S)
        # A stream that nobody has met can't be left out of a question: then all wait.
        return not (pulled.unmet or pulled.is_suspended)

    async def _hear_kafka(self, follower: Follower) -> bool:
        """Read the peer's log; while its brokers are away the feed stands in."""
        try:
            await follower.follow(wait_s=POLL_S)
        except BusError as error:
            log.warning("road.kafka-away", peer=self.peer.hub, why=error.message)
            pulled = await self.puller.pull()
            return pulled.clean and pulled.frames > 0
        if self.now() - self._looked_at >= FEED_LOOK_S:
            await self.puller.pull()
            self._looked_at = self.now()
        return True

    async def _leave_kafka(self) -> None:
        if self.follower is not None:
            await self.follower.close()
