"""Hub documents of peers as they were last believed, so that trust outlives a peer's absence."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.store.tables import peer_document


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
