"""How answers given before anything moves are kept: pre-clearances and checks of the buyer."""

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customs.domain.preclearance import BuyerCheck, OrderAnswer
from services.customs.store.codec import from_json, to_json
from services.customs.store.tables import buyer_check, pre_clearance
from shared.kernel.errors import NotFound


class PreClearanceNotFound(NotFound):
    """No order of that id was looked at here, or it is not yours to see."""

    code = "customs.pre-clearance-not-found"


class PreClearances:
    """What this hub told its sellers of the destination's rules, by order."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, order_id: str) -> OrderAnswer | None:
        query = select(pre_clearance.c.body).where(pre_clearance.c.order_id == order_id)
        body = (await self._connection.execute(query)).scalar_one_or_none()
        return None if body is None else from_json(body, OrderAnswer)

    async def get(self, order_id: str) -> OrderAnswer:
        """Return the answer for an order, or raise PreClearanceNotFound."""
        found = await self.find(order_id)
        if found is None or found.verdict is None:
            raise PreClearanceNotFound(f"no pre-clearance of order {order_id}")
        return found

    async def save(self, answer: OrderAnswer) -> None:
        values = {
            "seller_id": answer.seller_id,
            "marketplace_id": answer.marketplace_id,
            "version": answer.version,
            "body": to_json(answer),
        }
        here = pre_clearance.c.order_id == answer.order_id
        changed = await self._connection.execute(update(pre_clearance).where(here).values(values))
        if changed.rowcount == 0:
            new = {"order_id": answer.order_id, **values}
            await self._connection.execute(insert(pre_clearance), new)


class BuyerChecks:
    """What this hub told the sellers' hubs of its buyers, by order."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, order_id: str) -> BuyerCheck | None:
        query = select(buyer_check.c.body).where(buyer_check.c.order_id == order_id)
        body = (await self._connection.execute(query)).scalar_one_or_none()
        return None if body is None else from_json(body, BuyerCheck)

    async def save(self, order_id: str, check: BuyerCheck) -> None:
        values = {"version": check.version, "body": to_json(check)}
        here = buyer_check.c.order_id == order_id
        changed = await self._connection.execute(update(buyer_check).where(here).values(values))
        if changed.rowcount == 0:
            await self._connection.execute(insert(buyer_check), {"order_id": order_id, **values})
