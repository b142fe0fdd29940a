"""Hub documents of peers as they were last believed, so that trust outlives a peer's absence."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.domain.hub_document import open_envelope, unverified
from services.exchange.store.tables import hub_document, peer_document


class HeldDocument(NamedTuple):
    """The envelope of one peer's document, its version, and when it was last seen there."""

    version: int
    envelope: bytes
    seen_at: datetime


class Documents:
    """One document for each peer: the newest."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self) -> Mapping[str, HeldDocument]:
        """Return every document held, by hub."""
        rows = await self._connection.execute(select(peer_document))
        return {
            row.hub: HeldDocument(row.version, bytes(row.envelope), row.seen_at) for row in rows
        }

    async def keep(self, hub: str, version: int, envelope: bytes, *, now: datetime) -> None:
        """Keep this document in place of the one before it."""
        await self._connection.execute(delete(peer_document).where(peer_document.c.hub == hub))
        await self._connection.execute(
            insert(peer_document),
            {"hub": hub, "version": version, "envelope": envelope, "seen_at": now},
        )
        await self.remember(hub, version, envelope)

    async def epoch_of(self, hub: str) -> int:
        """Return the epoch that a hub's newest document announces, 1 where there is none."""
        query = select(peer_document.c.envelope).where(peer_document.c.hub == hub)
        envelope = await self._connection.scalar(query)
        return max(1, unverified(open_envelope(envelope)[0]).epoch) if envelope else 1

    async def remember(self, hub: str, version: int, envelope: bytes) -> None:
        """Keep a version for ever, this hub's own too: it may prove what its keys signed."""
        known = select(hub_document.c.version).where(
            hub_document.c.hub == hub, hub_document.c.version == version
        )
        if await self._connection.scalar(known) is None:
            await self._connection.execute(
                insert(hub_document), {"hub": hub, "version": version, "envelope": envelope}
            )

    async def versions(self, hub: str) -> list[bytes]:
        """Return every version kept of a hub's document, the newest first."""
        rows = await self._connection.execute(
            select(hub_document.c.envelope)
            .where(hub_document.c.hub == hub)
            .order_by(hub_document.c.version.desc())
        )
        return [row.envelope for row in rows]
