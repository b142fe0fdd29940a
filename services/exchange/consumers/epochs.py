"""After a restore from a backup peers are asked what they hold of us; then the new epoch begins."""

import asyncio
from dataclasses import dataclass

import structlog

from services.exchange.clients.feed import Feed
from services.exchange.domain.hub_document import open_envelope, unverified
from services.exchange.domain.keys import KeyRing, PeerKey, SigningKey
from services.exchange.domain.peer import ALWAYS_FROM, ALWAYS_UNTIL
from services.exchange.domain.stream import Stream
from services.exchange.store.tx import ExchangeTx
from services.exchange.usecases.begin_epoch import HeldFrame, NotOurs, take_back
from shared.db.tx import Store
from shared.kernel.errors import Unavailable

log = structlog.get_logger(__name__)

ASK_EVERY_S = 2.0


@dataclass
class EpochKeeper:
    """Brings the streams towards one peer to this hub's epoch; until then they close no frame."""

    store: Store[ExchangeTx]
    feed: Feed
    key: SigningKey
    epoch: int
    has_asked: bool = False

    async def run(self) -> None:
        while self.epoch > 1:
            try:
                await self.begin()
            except Unavailable as error:
                log.info("epoch.waiting", peer=self.feed.peer.hub, why=error.message)
            except NotOurs as error:
                log.error("epoch.not-ours", peer=self.feed.peer.hub, why=error.message)
            await asyncio.sleep(ASK_EVERY_S)

    async def begin(self) -> None:
        """Bring every stream to the epoch, those too that only the peer remembers.

        Raises NotOurs for what this hub never signed; its stream stays in the epoch before.
        """
        hub = self.feed.peer.hub
        async with self.store.reading() as tx:
            mine = [each for each in await tx.outgoing.all() if each.stream.dest == hub]
        if self.has_asked and all(each.position.epoch >= self.epoch for each in mine):
            return
        ours = {each.stream.key: each.position for each in mine}
        framed = {key: position.seq for key, position in ours.items()}
        held = await self.feed.held_streams(epoch=self.epoch, framed=framed)
        for key in sorted({*ours, *(k for k in held if self._is_ours(k))}):
            if key not in ours or ours[key].epoch < self.epoch:
                await self._bring(Stream.of_key(key), held.get(key, 0))
        self.has_asked = True

    async def _bring(self, stream: Stream, taken: int) -> None:
        """Take back what the peer holds of a stream, then begin the epoch in it."""
        async with self.store.transaction() as tx:
            stands = (await tx.outgoing.lock(stream)).seq
        while stands < taken:
            held = await self.feed.held_frames(stream.key, after=stands)
            frames = [HeldFrame(frame, receipt) for frame, receipt in held]
            async with self.store.transaction() as tx:
                ring = await self._own(tx)
                now = await take_back(tx, stream, frames, own=ring, peer=self.feed.peer.ring)
            if now == stands:
                raise NotOurs(f"{stream.key}: the peer took {taken} and shows nothing behind {now}")
            stands = now
        async with self.store.transaction() as tx:
            await tx.outgoing.begin_epoch(stream, self.epoch)
        log.warning("epoch.begun", stream=stream.key, epoch=self.epoch, behind=stands)

    def _is_ours(self, key: str) -> bool:
        return key.split("/")[:2] == [self.store.ids.hub, self.feed.peer.hub]

    async def _own(self, tx: ExchangeTx) -> KeyRing:
        """The keys that this hub has ever signed with, as its own documents name them."""
        keys = {
            key.kid: key
            for envelope in reversed(await tx.documents.versions(tx.hub))
            for key in unverified(open_envelope(envelope)[0]).ring_keys()
        }
        now = PeerKey.of(self.key.private.public_key(), nbf=ALWAYS_FROM, exp=ALWAYS_UNTIL)
        return KeyRing(tx.hub, {now.kid: now, **keys}.values())
