"""Peers' tree heads are asked for again and again: a log that was changed afterwards shows."""

import asyncio
from dataclasses import dataclass

import structlog

from services.exchange.clients.feed import Feed
from services.exchange.domain.peer import Peer
from services.exchange.domain.tree_head import (
    HeadReason,
    SignedHead,
    TreeHead,
    check_head,
    follows,
    head_of,
)
from services.exchange.store.tx import ExchangeTx
from shared.contracts.exchange.events import EvidenceContradicted
from shared.db.tx import Store
from shared.kernel.errors import Unavailable

log = structlog.get_logger(__name__)

ASK_EVERY_S = 10.0


@dataclass
class HeadKeeper:
    """Asks one peer for the head of its evidence log, for as long as `run` runs."""

    store: Store[ExchangeTx]
    feed: Feed

    @property
    def peer(self) -> Peer:
        return self.feed.peer

    async def run(self) -> None:
        while True:
            try:
                if len(self.peer.ring):  # its document tells its keys, and may not be here yet
                    await self.ask()
            except Unavailable as error:
                log.debug("evidence.waiting", peer=self.peer.hub, why=error.message)
            await asyncio.sleep(ASK_EVERY_S)

    async def ask(self) -> TreeHead | HeadReason:
        """Ask once, and keep the head if it is the peer's and follows the one held.

        Two heads that can't both be true are kept both: the peer signed two histories.
        """
        async with self.store.reading() as tx:
            held_signed = await tx.heads.find(self.peer.hub)
            announced = await tx.documents.epoch_of(self.peer.hub)
        held = head_of(held_signed.body) if held_signed else None
        signed, path = await self.feed.tree_head(
            epoch=held.epoch if held else 1, size=held.size if held else 0
        )
        head = check_head(signed, self.peer.ring)
        if isinstance(head, HeadReason):
            return self._refused(head)
        reason = follows(head, held=held, path=path, epoch_announced=announced)
        if reason is None:
            async with self.store.transaction() as tx:
                await tx.heads.keep(head, signed, now=tx.now)
            return head
        if reason.contradicts and held_signed is not None:
            await self._contradicts(held_signed, signed, reason)
        return self._refused(reason)

    async def _contradicts(self, held: SignedHead, signed: SignedHead, reason: HeadReason) -> None:
        async with self.store.transaction() as tx:
            if await tx.heads.contradict(self.peer.hub, held, signed, reason, now=tx.now):
                said = EvidenceContradicted(peer=self.peer.hub, reason=reason.value)
                await tx.emit(said, key=self.peer.hub)

    def _refused(self, reason: HeadReason) -> HeadReason:
        log.error("evidence.head-refused", peer=self.peer.hub, reason=reason.value)
        return reason
