"""How what was heard of orders is kept: one row per order, filled in whatever order news comes."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.logistics.domain.booking import GoodsLine, HeardOrder, Verdict
from services.logistics.store.rows import insert_missing
from services.logistics.store.tables import heard_order
from shared.kernel.money import Money

ROWS_PER_QUERY_MAX = 500
SAME_NUMBER_MAX = 20
"""Platforms number their orders for themselves; this many may have used one number here."""


class HeardOrders:
    """What this hub holds of orders that are sold or bought here."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, order_id: str, *, lock: bool = False) -> HeardOrder | None:
        query = select(heard_order).where(heard_order.c.order_id == order_id)
        row = (
            await self._connection.execute(query.with_for_update() if lock else query)
        ).one_or_none()
        return None if row is None else _order(row)

    async def numbered(self, order_no: str) -> list[HeardOrder]:
        """Return the known orders that carry this number, of whatever platform."""
        rows = await self._connection.execute(
            select(heard_order)
            .where(heard_order.c.order_no == order_no, heard_order.c.seller_id != "")
            .order_by(heard_order.c.order_id)
            .limit(SAME_NUMBER_MAX)
        )
        return [_order(row) for row in rows]

    async def goods_of(self, order_ids: Sequence[str]) -> dict[str, tuple[GoodsLine, ...]]:
        """Return what is known of the goods in these orders."""
        found: dict[str, tuple[GoodsLine, ...]] = {}
        for start in range(0, len(order_ids), ROWS_PER_QUERY_MAX):
            some = order_ids[start : start + ROWS_PER_QUERY_MAX]
            rows = await self._connection.execute(
                select(heard_order).where(heard_order.c.order_id.in_(some))
            )
            found |= {row.order_id: _order(row).goods for row in rows}
        return found

    async def sold_elsewhere(self, order_ids: Sequence[str], *, hub: str) -> str | None:
        """Return one of these orders that is known and not sold at `hub`, if there is one."""
        for start in range(0, len(order_ids), ROWS_PER_QUERY_MAX):
            found = await self._connection.scalar(
                select(heard_order.c.order_id)
                .where(
                    heard_order.c.order_id.in_(order_ids[start : start + ROWS_PER_QUERY_MAX]),
                    heard_order.c.seller_hub.not_in(["", hub]),
                )
                .limit(1)
            )
            if found is not None:
                return str(found)
        return None

    async def hold(self, order_id: str) -> HeardOrder:
        """Return what is known of an order, be it nothing, and keep others from changing it."""
        await insert_missing(
            self._connection, heard_order, [_values(HeardOrder(order_id=order_id))]
        )
        row = (
            await self._connection.execute(
                select(heard_order).where(heard_order.c.order_id == order_id).with_for_update()
            )
        ).one()
        return _order(row)

    async def save(self, changed: HeardOrder) -> None:
        await self._connection.execute(
            update(heard_order)
            .where(heard_order.c.order_id == changed.order_id)
            .values(_values(changed))
        )


def _values(order: HeardOrder) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "order_no": order.order_no,
        "seller_id": order.seller_id,
        "marketplace_id": order.marketplace_id,
        "seller_hub": order.seller_hub,
        "buyer_hub": order.buyer_hub,
        "verdict": order.verdict.value if order.verdict else None,
        "captured_minor": order.captured.minor if order.captured else None,
        "captured_currency": order.captured.currency if order.captured else None,
        "refunded_minor": order.refunded.minor if order.refunded else None,
        "refunded_currency": order.refunded.currency if order.refunded else None,
        "cancelled": order.cancelled,
        "goods": [asdict(line) for line in order.goods],
    }


def _order(row: Row[*tuple[Any, ...]]) -> HeardOrder:
    return HeardOrder(
        order_id=row.order_id,
        order_no=row.order_no,
        seller_id=row.seller_id,
        marketplace_id=row.marketplace_id,
        seller_hub=row.seller_hub,
        buyer_hub=row.buyer_hub,
        verdict=Verdict(row.verdict) if row.verdict else None,
        captured=_money(row.captured_minor, row.captured_currency),
        refunded=_money(row.refunded_minor, row.refunded_currency),
        cancelled=row.cancelled,
        goods=tuple(GoodsLine(**line) for line in row.goods or ()),
    )


def _money(minor: int | None, currency: str | None) -> Money | None:
    return None if minor is None or currency is None else Money(minor, currency)
