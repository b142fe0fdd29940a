"""How import declarations are kept: whole, with the columns that lists are filtered by."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customs.domain.declaration import Declaration
from services.customs.domain.release_clock import released_at
from services.customs.domain.status import Status
from services.customs.store.codec import from_json, slices, to_json
from services.customs.store.tables import declaration
from shared.kernel.errors import NotFound


class DeclarationNotFound(NotFound):
    """There is no such declaration, or it is not yours to see."""

    code = "customs.declaration-not-found"


class Declarations:
    """The import declarations of this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, declaration_id: str) -> Declaration:
        """Return a declaration, or raise DeclarationNotFound."""
        query = select(declaration.c.body).where(declaration.c.id == declaration_id)
        body = (await self._connection.execute(query)).scalar_one_or_none()
        if body is None:
            raise DeclarationNotFound(f"no declaration {declaration_id}")
        return from_json(body, Declaration)

    async def of_parcels(self, logistics_nos: Collection[str]) -> dict[str, Declaration]:
        """Return the declarations of these parcels, by number."""
        return {d.logistics_no: d for d in await self._among("logistics_no", logistics_nos)}

    async def of_orders(self, order_ids: Collection[str]) -> list[Declaration]:
        return await self._among("order_id", order_ids)

    async def add(self, new: Sequence[Declaration]) -> None:
        if new:
            await self._connection.execute(insert(declaration), [_values(one) for one in new])

    async def save(self, changed: Declaration) -> None:
        here = declaration.c.id == changed.id
        await self._connection.execute(update(declaration).where(here).values(_values(changed)))

    async def page(
        self,
        *,
        after: str,
        limit: int,
        member_id: str | None = None,
        status: Status | None = None,
        logistics_no: str | None = None,
    ) -> list[Declaration]:
        """Return declarations by id, those after `after`; only a member's own if one is named."""
        query = select(declaration.c.body).where(declaration.c.id > after)
        if member_id is not None:
            is_seller = declaration.c.seller_id == member_id
            query = query.where(or_(is_seller, declaration.c.marketplace_id == member_id))
        if status is not None:
            query = query.where(declaration.c.status == status.value)
        if logistics_no is not None:
            query = query.where(declaration.c.logistics_no == logistics_no)
        rows = await self._connection.execute(query.order_by(declaration.c.id).limit(limit))
        return [from_json(body, Declaration) for body in rows.scalars()]

    async def released(self, *, since: datetime, until: datetime, limit: int) -> list[Declaration]:
        """Return declarations released in a period, `until` excluded, the first ones first."""
        query = select(declaration.c.body).where(
            declaration.c.released_at >= since, declaration.c.released_at < until
        )
        order = (declaration.c.released_at, declaration.c.id)
        rows = await self._connection.execute(query.order_by(*order).limit(limit))
        return [from_json(body, Declaration) for body in rows.scalars()]

    async def overdue(self, *, at: datetime, limit: int) -> list[str]:
        """Return the ids of declarations whose deadline has passed, those first that did first."""
        query = select(declaration.c.id).where(declaration.c.deadline < at)
        ordered = query.order_by(declaration.c.deadline, declaration.c.id).limit(limit)
        return list((await self._connection.execute(ordered)).scalars())

    async def _among(self, column: str, keys: Collection[str]) -> list[Declaration]:
        found: list[Declaration] = []
        for some in slices(sorted(keys)):
            query = select(declaration.c.body).where(declaration.c[column].in_(some))
            rows = await self._connection.execute(query.order_by(declaration.c.id))
            found += [from_json(body, Declaration) for body in rows.scalars()]
        return found


def _values(one: Declaration) -> dict[str, Any]:
    return {
        "id": one.id,
        "logistics_no": one.logistics_no,
        "order_id": one.order_id,
        "seller_id": one.seller_id,
        "marketplace_id": one.marketplace_id,
        "status": one.status.value,
        "version": one.version,
        "body": to_json(one),
        "released_at": released_at(one),
        "deadline": one.deadline,
    }
