"""How all that a member has here is forgotten, for the test profile alone."""

from collections.abc import Collection

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.orders.store import tables
from services.orders.store.timelines import FORGOTTEN
from shared.db.tables import messaging_tables

_OF_ORDERS = (
    tables.buyer,
    tables.goods_return,
    tables.complaint,
    tables.consolidation_parcel,
    tables.timeline_entry,
)
"""What hangs on an order by its id."""


class Resets:
    """Takes rows away; nothing else in this service does."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def placed_by(self, member_id: str, *, after: str, limit: int) -> list[str]:
        """Return the ids of orders that a marketplace placed, those after `after`."""
        o = tables.orders.c
        rows = await self._connection.scalars(
            select(o.id)
            .where(o.marketplace_id == member_id, o.id > after)
            .order_by(o.id)
            .limit(limit)
        )
        return list(rows)

    async def forget_orders(self, order_ids: Collection[str]) -> None:
        """Take orders, which are held, with all that hangs on them.

        The row that they are held by stays, so that what is heard of them later is known for what
        it is, and because somebody may be waiting for it.
        """
        for table in _OF_ORDERS:
            await self._connection.execute(delete(table).where(table.c.order_id.in_(order_ids)))
        await self._connection.execute(
            update(tables.timeline)
            .where(tables.timeline.c.order_id.in_(order_ids))
            .values(last_sequence=FORGOTTEN)
        )
        orders = tables.orders
        await self._connection.execute(delete(orders).where(orders.c.id.in_(order_ids)))

    async def forget_items(self, owner_id: str) -> int:
        """Take a member's catalogue; return how many versions of items it had."""
        item = tables.item
        gone = await self._connection.execute(delete(item).where(item.c.owner_id == owner_id))
        return gone.rowcount

    async def forget_recalls(self, seller_id: str) -> None:
        recall = tables.recall
        await self._connection.execute(delete(recall).where(recall.c.seller_id == seller_id))

    async def forget_messages(self, member_id: str) -> None:
        """Take the log of webhooks, with what was still to be sent, and the replies kept by key.

        Whoever settles a delivery holds its endpoint first, and so do we.
        """
        endpoint, sent = tables.webhook_endpoint, tables.webhook_delivery
        kept = messaging_tables(tables.metadata).idempotency
        await self._connection.execute(
            select(endpoint.c.id)
            .where(endpoint.c.member_id == member_id)
            .order_by(endpoint.c.id)
            .with_for_update()
        )
        await self._connection.execute(delete(sent).where(sent.c.member_id == member_id))
        await self._connection.execute(delete(kept).where(kept.c.tenant == member_id))
