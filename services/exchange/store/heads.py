"""How the heads of peers' evidence logs are kept, and those that contradict each other."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.domain.tree_head import HeadReason, SignedHead, TreeHead
from services.exchange.store.tables import contradicting_head, peer_head

CONTRADICTIONS_MAX = 20
"""Pairs kept of one peer; one is enough to prove that it signed two histories."""


class HeldHead(NamedTuple):
    """The newest head of one peer, and when it was seen."""

    hub: str
    signed: SignedHead
    seen_at: datetime


class Heads:
    """Heads that peers signed."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self) -> Sequence[HeldHead]:
        rows = await self._connection.execute(select(peer_head).order_by(peer_head.c.hub))
        return [HeldHead(r.hub, SignedHead(r.body, r.signature), r.seen_at) for r in rows]

    async def find(self, hub: str) -> SignedHead | None:
        found = [each.signed for each in await self.all() if each.hub == hub]
        return found[0] if found else None

    async def keep(self, head: TreeHead, signed: SignedHead, *, now: datetime) -> None:
        """Keep a head in place of an older one; another worker may have kept a newer."""
        place = select(peer_head.c.epoch, peer_head.c.size).where(peer_head.c.hub == head.hub)
        held = (await self._connection.execute(place.with_for_update())).one_or_none()
        if held is not None and (held.epoch, held.size) > (head.epoch, head.size):
            return
        await self._connection.execute(delete(peer_head).where(peer_head.c.hub == head.hub))
        await self._connection.execute(
            insert(peer_head),
            {
                "hub": head.hub,
                "epoch": head.epoch,
                "size": head.size,
                "body": signed.body,
                "signature": signed.signature,
                "seen_at": now,
            },
        )

    async def contradict(
        self, hub: str, held: SignedHead, signed: SignedHead, reason: HeadReason, *, now: datetime
    ) -> bool:
        """Keep two heads that can't both be true; say whether that is new."""
        same = (contradicting_head.c.hub == hub) & (contradicting_head.c.body == signed.body)
        if await self._connection.scalar(select(contradicting_head.c.id).where(same)) is not None:
            return False
        if (await self.contradictions()).get(hub, 0) >= CONTRADICTIONS_MAX:
            return False
        await self._connection.execute(
            insert(contradicting_head),
            {
                "hub": hub,
                "reason": reason.value,
                "held_body": held.body,
                "held_signature": held.signature,
                "body": signed.body,
                "signature": signed.signature,
                "seen_at": now,
            },
        )
        return True

    async def contradictions(self) -> dict[str, int]:
        """Return how many pairs are kept of each peer."""
        rows = await self._connection.execute(
            select(contradicting_head.c.hub, func.count().label("pairs")).group_by(
                contradicting_head.c.hub
            )
        )
        return {row.hub: int(row.pairs) for row in rows}
