"""How peers and what is agreed with each are kept."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.domain.peer import Peer, Transport
from services.exchange.domain.transfer import FOUNDING_PURPOSE
from services.exchange.store.tables import contract, peer


class Agreed(NamedTuple):
    """One type of event that a peer gets, cut down to `fields` where they are named."""

    peer: str
    event_type: str
    fields: tuple[str, ...] | None
    purpose: str = FOUNDING_PURPOSE


class Contracts:
    """The peers of this hub and their contracts."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def ensure(self, hub: str, event_types: Iterable[str]) -> None:
        """Keep a peer, and a contract for every type it has none for."""
        known = await self._connection.scalar(select(peer.c.hub).where(peer.c.hub == hub))
        if known is None:
            await self._connection.execute(insert(peer), {"hub": hub})
        rows = await self._connection.execute(
            select(contract.c.event_type).where(contract.c.peer == hub)
        )
        missing = sorted(set(event_types) - {row.event_type for row in rows})
        if missing:
            await self._connection.execute(
                insert(contract), [{"peer": hub, "event_type": name} for name in missing]
            )

    async def in_force(self) -> Sequence[Agreed]:
        """Return what is agreed; a suspended peer's records are numbered too, and wait."""
        rows = await self._connection.execute(
            select(contract).where(contract.c.suspended_at.is_(None))
        )
        return [
            Agreed(
                row.peer,
                row.event_type,
                tuple(row.fields) if row.fields else None,
                row.purpose or FOUNDING_PURPOSE,
            )
            for row in rows
        ]

    async def is_suspended(self, hub: str) -> bool:
        """Say whether nothing may cross to or from this peer."""
        row = (
            await self._connection.execute(select(peer.c.suspended_at).where(peer.c.hub == hub))
        ).one_or_none()
        return row is None or row.suspended_at is not None

    async def transport(self, of: Peer) -> Transport:
        """Return how a peer's frames are read: as was chosen, else as its anchor allows."""
        chosen: Transport | None = await self._connection.scalar(
            select(peer.c.transport).where(peer.c.hub == of.hub)
        )
        return chosen or of.transport

    async def choose(self, hub: str, transport: Transport) -> bool:
        """Let a peer's frames be read this way; say whether there is such a peer."""
        changed = await self._connection.execute(
            update(peer).where(peer.c.hub == hub).values(transport=transport)
        )
        return changed.rowcount > 0

    async def suspend(self, hub: str, at: datetime | None) -> bool:
        """Suspend a peer, or with None resume it; say whether there is such a peer."""
        changed = await self._connection.execute(
            update(peer).where(peer.c.hub == hub).values(suspended_at=at)
        )
        return changed.rowcount > 0
