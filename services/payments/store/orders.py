"""What is known of orders and their parcels, whichever fact came first."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.domain.order import OrderMoney, OrderParcel
from services.payments.store.bulk import OnConflict, insert_rows
from services.payments.store.rows import order_of, parcel_of, values_of
from services.payments.store.tables import order_cancellation, order_money, order_parcel


class Orders:
    """Orders as their money sees them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, order_id: str) -> OrderMoney | None:
        query = select(order_money).where(order_money.c.id == order_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else order_of(row)

    async def find_locked(self, order_id: str) -> OrderMoney | None:
        """Return the order for whoever is about to act on it; others wait."""
        query = select(order_money).where(order_money.c.id == order_id)
        row = (await self._connection.execute(query.with_for_update(key_share=True))).one_or_none()
        return None if row is None else order_of(row)

    async def add(self, order: OrderMoney) -> None:
        """Keep a new order; one that is known already stays as it is."""
        row = values_of(order)
        await insert_rows(self._connection, order_money, [row], on_conflict=OnConflict.KEEP)

    async def cancel(self, order_id: str, reason: str) -> None:
        """Keep that an order was cancelled, even before the order itself is known."""
        row = {"order_id": order_id, "reason": reason}
        await insert_rows(self._connection, order_cancellation, [row], on_conflict=OnConflict.KEEP)
        await self._connection.execute(
            update(order_money)
            .where(order_money.c.id == order_id, order_money.c.cancelled_reason == "")
            .values(cancelled_reason=reason)
        )

    async def cancelled_reason(self, order_id: str) -> str:
        """Return why an order was cancelled, blank when it was not."""
        query = select(order_cancellation.c.reason).where(order_cancellation.c.order_id == order_id)
        return (await self._connection.scalar(query)) or ""

    async def parcels(self, order_id: str) -> list[OrderParcel]:
        query = (
            select(order_parcel)
            .where(order_parcel.c.order_id == order_id)
            .order_by(order_parcel.c.logistics_no)
        )
        return [parcel_of(row) for row in await self._connection.execute(query)]

    async def note_parcel(self, order_id: str, logistics_no: str, **facts: Any) -> None:
        """Add facts to what is known of a parcel; known for the first time, it begins with them."""
        parcel = replace(OrderParcel(order_id=order_id, logistics_no=logistics_no), **facts)
        # One statement: two facts that arrive at the same moment are both kept.
        await insert_rows(
            self._connection,
            order_parcel,
            [values_of(parcel)],
            on_conflict=OnConflict.REPLACE if facts else OnConflict.KEEP,
            replaced=facts,
        )
