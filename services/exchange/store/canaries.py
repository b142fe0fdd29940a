"""The newest canary to each peer: when it went out, and when it was back."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.store.tables import canary


class Canary(NamedTuple):
    """One canary; `round_trip_ms` is of the newest that is back."""

    peer: str
    number: int
    sent_at: datetime
    returned_at: datetime | None
    round_trip_ms: int | None


class Canaries:
    """One canary per peer."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self) -> Sequence[Canary]:
        rows = await self._connection.execute(select(canary).order_by(canary.c.peer))
        return [Canary(*row) for row in rows]

    async def lock(self, peer: str) -> Canary | None:
        """Return the newest canary to a peer; its row is held until the transaction ends."""
        query = select(canary).where(canary.c.peer == peer).with_for_update()
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else Canary(*row)

    async def sent(self, peer: str, number: int, *, now: datetime) -> None:
        """Note that another went out."""
        values = {"number": number, "sent_at": now, "returned_at": None}
        changed = await self._connection.execute(
            update(canary).where(canary.c.peer == peer).values(values)
        )
        if changed.rowcount == 0:
            await self._connection.execute(insert(canary), {"peer": peer, **values})

    async def returned(self, peer: str, number: int, *, now: datetime) -> None:
        """Note that the canary of this number is back, if it is the one that is out."""
        held = await self.lock(peer)
        if held is None or held.number != number or held.returned_at is not None:
            return
        took_ms = round((now - held.sent_at).total_seconds() * 1000)
        await self._connection.execute(
            update(canary)
            .where(canary.c.peer == peer)
            .values(returned_at=now, round_trip_ms=max(0, took_ms))
        )
