"""How returns of imported goods are kept."""

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customs.domain.goods_return import GoodsReturn
from services.customs.store.codec import from_json, to_json
from services.customs.store.tables import goods_return
from shared.kernel.errors import NotFound


class ReturnNotFound(NotFound):
    """There is no such return."""

    code = "customs.return-not-found"


class Returns:
    """The returns this hub's customs has been told of."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, return_id: str) -> GoodsReturn | None:
        query = select(goods_return.c.body).where(goods_return.c.return_id == return_id)
        body = (await self._connection.execute(query)).scalar_one_or_none()
        return None if body is None else from_json(body, GoodsReturn)

    async def get(self, return_id: str) -> GoodsReturn:
        """Return one, or raise ReturnNotFound."""
        found = await self.find(return_id)
        if found is None:
            raise ReturnNotFound(f"no return {return_id}")
        return found

    async def of_order(self, order_id: str) -> list[GoodsReturn]:
        """Return the returns of an order by id."""
        query = select(goods_return.c.body).where(goods_return.c.order_id == order_id)
        rows = await self._connection.execute(query.order_by(goods_return.c.return_id))
        return [from_json(body, GoodsReturn) for body in rows.scalars()]

    async def save(self, one: GoodsReturn) -> None:
        values = {"order_id": one.order_id, "body": to_json(one)}
        here = goods_return.c.return_id == one.return_id
        changed = await self._connection.execute(update(goods_return).where(here).values(values))
        if changed.rowcount == 0:
            new = {"return_id": one.return_id, **values}
            await self._connection.execute(insert(goods_return), new)
