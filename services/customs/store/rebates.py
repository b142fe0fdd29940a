"""How rebate cases are kept: one for each exported order, one for each drawback claimed."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customs.domain.rebate import RebateCase
from services.customs.store.codec import from_json, to_json
from services.customs.store.tables import drawback_claim, drawback_notice, rebate_case
from shared.kernel.errors import NotFound


class RebateCaseNotFound(NotFound):
    """There is no such case, or it is not yours to see."""

    code = "customs.rebate-case-not-found"


class RebateCases:
    """The rebate cases of this hub's sellers."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_order(self, order_id: str) -> RebateCase | None:
        query = select(rebate_case.c.body).where(rebate_case.c.order_id == order_id)
        body = (await self._connection.execute(query)).scalar_one_or_none()
        return None if body is None else from_json(body, RebateCase)

    async def get(self, order_id: str) -> RebateCase:
        """Return an order's case, or raise RebateCaseNotFound."""
        found = await self.of_order(order_id)
        if found is None:
            raise RebateCaseNotFound(f"no rebate case of order {order_id}")
        return found

    async def page(
        self, *, after: str, limit: int, sellers: Collection[str] | None = None
    ) -> list[RebateCase]:
        """Return cases by order, those after `after`; only of these sellers if any are named."""
        query = select(rebate_case.c.body).where(rebate_case.c.order_id > after)
        if sellers is not None:
            query = query.where(rebate_case.c.seller_id.in_(sorted(sellers)))
        rows = await self._connection.execute(query.order_by(rebate_case.c.order_id).limit(limit))
        return [from_json(body, RebateCase) for body in rows.scalars()]

    async def claimed_of(self, receipt_no: str, *, besides: str) -> int:
        """Return the duty of a receipt that granted claims used, in minor units."""
        query = select(func.coalesce(func.sum(drawback_claim.c.duty_minor), 0)).where(
            drawback_claim.c.receipt_no == receipt_no, drawback_claim.c.case_id != besides
        )
        return int((await self._connection.execute(query)).scalar_one())

    async def note_claim(
        self, case_id: str, *, seller_id: str, receipt_no: str, duty_minor: int
    ) -> bool:
        """Note that a drawback was claimed; False when it was noted before."""
        query = select(drawback_claim.c.case_id).where(drawback_claim.c.case_id == case_id)
        if (await self._connection.execute(query)).scalar_one_or_none() is not None:
            return False
        new = {
            "case_id": case_id,
            "seller_id": seller_id,
            "receipt_no": receipt_no,
            "duty_minor": duty_minor,
        }
        await self._connection.execute(insert(drawback_claim), new)
        return True

    async def note_notice(self, declaration_id: str, seller_id: str, *, at: datetime) -> datetime:
        """Keep a seller's notice on an export declaration; return when it was first given."""
        given_at = await self.notice_of(declaration_id, seller_id)
        if given_at is not None:
            return given_at
        new = {"declaration_id": declaration_id, "seller_id": seller_id, "given_at": at}
        await self._connection.execute(insert(drawback_notice), new)
        return at

    async def notice_of(self, declaration_id: str, seller_id: str) -> datetime | None:
        """Return when a seller gave notice on an export declaration, or None."""
        query = select(drawback_notice.c.given_at).where(
            drawback_notice.c.declaration_id == declaration_id,
            drawback_notice.c.seller_id == seller_id,
        )
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def save(self, case: RebateCase) -> None:
        values = {"seller_id": case.seller_id, "body": to_json(case)}
        here = rebate_case.c.order_id == case.order_id
        changed = await self._connection.execute(update(rebate_case).where(here).values(values))
        if changed.rowcount == 0:
            new = {"order_id": case.order_id, "case_id": case.case_id, **values}
            await self._connection.execute(insert(rebate_case), new)
