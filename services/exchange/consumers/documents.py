"""Peers' hub documents are asked for again and again, so that a revoked key is soon refused."""

import asyncio
from dataclasses import dataclass

import structlog

from services.exchange.clients.document import DocumentSource
from services.exchange.domain.hub_document import DocumentRefused
from services.exchange.domain.peer import Peer
from services.exchange.usecases.trust import Trust
from shared.kernel.errors import Unavailable

log = structlog.get_logger(__name__)

ASK_EVERY_S = 10.0
"""Revocation is promised within 60 s; a few tries may fail."""
FIRST_RETRY_S = 0.5
"""Nothing crosses before the first document is here, so that one is asked for more often."""


@dataclass
class DocumentKeeper:
    """Asks every peer with a root for its document, for as long as `run` runs."""

    trust: Trust
    source: DocumentSource

    async def run(self) -> None:
        await self.trust.load()
        await asyncio.gather(*(self._keep(peer) for peer in self.trust.asked.values()))

    async def _keep(self, peer: Peer) -> None:
        while True:
            await self.ask(peer)
            await asyncio.sleep(ASK_EVERY_S if len(peer.ring) else FIRST_RETRY_S)

    async def ask(self, peer: Peer) -> bool:
        """Ask once; while a peer is away or says what can't be believed, the held one counts."""
        try:
            await self.trust.learn(peer, await self.source.of(peer))
        except Unavailable as error:
            log.info("trust.waiting", peer=peer.hub, why=error.message)
            return False
        except DocumentRefused as refused:
            log.error("trust.refused", peer=peer.hub, reason=refused.reason.value)
            return False
        return True
