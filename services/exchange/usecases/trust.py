"""What peers say of their own keys: believed when their root signed it, and kept for when they
are away.

Every process of this service shares the rings in `peers`; each loads what any of them learned.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from services.exchange.domain.hub_document import DocumentRefused, HubDocument, read_document
from services.exchange.domain.peer import Peer
from services.exchange.store.tx import ExchangeTx
from shared.db.tx import Store

log = structlog.get_logger(__name__)

RELOAD_AFTER = timedelta(seconds=10)
"""How old the rings of a process may be that does not fetch documents itself."""


class Trust:
    """The rings of all peers, kept as their newest believed documents say."""

    def __init__(
        self, store: Store[ExchangeTx], peers: Mapping[str, Peer], *, clocks_may_differ: bool
    ) -> None:
        self._store = store
        self._peers = {hub: peer for hub, peer in peers.items() if peer.root is not None}
        self._clocks_may_differ = clocks_may_differ
        self._versions: dict[str, int] = {}
        self._loaded_at: datetime | None = None

    @property
    def asked(self) -> Mapping[str, Peer]:
        """The peers whose documents are asked for; those with pinned keys have none."""
        return self._peers

    async def load(self) -> None:
        """Take every document held into its ring."""
        if not self._peers:
            return
        async with self._store.reading() as tx:
            held = await tx.documents.all()
        for hub, document in held.items():
            peer = self._peers.get(hub)
            if peer is None or self._versions.get(hub) == document.version:
                continue
            try:
                # Expiry is not asked: no key outlives its document, so the ring ends by itself.
                read = _read(document.envelope, peer, now=None)
            except DocumentRefused as refused:  # its anchor has another root now
                log.error("trust.held-document-refused", peer=hub, reason=refused.reason.value)
                continue
            self._take(peer, read)
        self._loaded_at = self._store.clock.now()

    async def load_when_old(self) -> None:
        """Load again where another process may have learned something since."""
        now = self._store.clock.now()
        if self._loaded_at is None or abs(now - self._loaded_at) > RELOAD_AFTER:
            await self.load()

    async def learn(self, peer: Peer, envelope: bytes) -> HubDocument:
        """Believe a peer's document and keep it, or raise DocumentRefused and change nothing."""
        async with self._store.transaction() as tx:
            held = (await tx.documents.all()).get(peer.hub)
            now = None if self._clocks_may_differ else tx.now
            known = held and (held.version, held.envelope)
            document = _read(envelope, peer, now=now, held=known or None)
            if held is None or held.version < document.version:
                await tx.documents.keep(peer.hub, document.version, envelope, now=tx.now)
                await tx.incoming.allow_epoch(peer.hub, document.epoch)
        self._take(peer, document)
        return document

    def _take(self, peer: Peer, document: HubDocument) -> None:
        if self._versions.get(peer.hub) == document.version:
            return
        peer.ring.replace(document.ring_keys())
        self._versions[peer.hub] = document.version
        log.info("trust.document-taken", peer=peer.hub, version=document.version)


def _read(
    envelope: bytes,
    peer: Peer,
    *,
    now: datetime | None,
    held: tuple[int, bytes] | None = None,
) -> HubDocument:
    assert peer.root is not None, "only peers with a root have documents"
    return read_document(envelope, hub=peer.hub, root=peer.root, now=now, held=held)
