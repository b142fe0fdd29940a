"""How returns, complaints and recalls are kept: whole, beside the columns they are found by.

Whoever changes a case of an order holds the order's timeline first, so a case needs no lock of
its own.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Table, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.orders.domain.complaint import Complaint
from services.orders.domain.goods_return import GoodsReturn
from services.orders.domain.recall import Recall
from services.orders.store import tables
from services.orders.store.orders import Tenant
from shared.kernel.errors import NotFound

Case = TypeVar("Case")


class CaseNotFound(NotFound):
    """There is no such return, complaint or recall, or it is not yours to see."""

    code = "orders.case-not-found"


class Cases(Generic[Case]):
    """The cases of one kind."""

    def __init__(
        self,
        connection: AsyncConnection,
        table: Table,
        kind: type[Case],
        columns: Callable[[Case], Mapping[str, Any]],
    ) -> None:
        self._connection = connection
        self._table = table
        self._kind = kind
        self._columns = columns

    async def find(self, case_id: str) -> Case | None:
        query = select(self._table.c.body).where(self._table.c.id == case_id)
        body = await self._connection.scalar(query)
        return None if body is None else self._read(body)

    async def get(self, case_id: str, *, tenant: Tenant | None = None) -> Case:
        """Return a case of the tenant, or raise CaseNotFound."""
        query = select(self._table.c.body).where(self._table.c.id == case_id)
        body = await self._connection.scalar(self._of(query, tenant))
        if body is None:
            raise CaseNotFound(f"no {self._table.name} {case_id}")
        return self._read(body)

    async def add(self, new: Case) -> None:
        await self._connection.execute(insert(self._table), self._values(new))

    async def save(self, changed: Case) -> None:
        values = self._values(changed)
        await self._connection.execute(
            update(self._table).where(self._table.c.id == values["id"]).values(values)
        )

    async def of_order(self, order_id: str) -> list[Case]:
        """Return an order's cases, oldest first; what bounds them is what was ordered."""
        rows = await self._connection.execute(
            select(self._table.c.body)
            .where(self._table.c.order_id == order_id)
            .order_by(self._table.c.id)
        )
        return [self._read(row.body) for row in rows]

    async def due(self, *, now: datetime, limit: int, hub: str = "") -> list[Case]:
        """Return cases whose deadline has passed, the longest overdue first.

        With `hub` only those that began there: a replica waits for the hub that owns it.
        """
        due_at = self._table.c.due_at
        query = select(self._table.c.body).where(due_at <= now)
        if hub:
            query = query.where(self._table.c.id.contains(f"_{hub}_", autoescape=True))
        rows = await self._connection.execute(query.order_by(due_at).limit(limit))
        return [self._read(row.body) for row in rows]

    async def page(
        self, *, tenant: Tenant, after: str, limit: int, **wanted: str | None
    ) -> list[Case]:
        """Return a tenant's cases by id, those after `after`."""
        query = select(self._table.c.body).where(self._table.c.id > after)
        for name, value in wanted.items():
            if value is not None:
                query = query.where(self._table.c[name] == value)
        query = self._of(query, tenant).order_by(self._table.c.id).limit(limit)
        return [self._read(row.body) for row in await self._connection.execute(query)]

    def _of(self, query: Any, tenant: Tenant | None) -> Any:
        if tenant is None or tenant.member_id is None:
            return query
        owners = [self._table.c[n] for n in ("marketplace_id", "seller_id") if n in self._table.c]
        return query.where(or_(*(owner == tenant.member_id for owner in owners)))

    def _read(self, body: Any) -> Case:
        return msgspec.convert(body, self._kind)

    def _values(self, case: Case) -> dict[str, Any]:
        return {**self._columns(case), "body": msgspec.to_builtins(case)}


def returns(connection: AsyncConnection) -> Cases[GoodsReturn]:
    return Cases(connection, tables.goods_return, GoodsReturn, _of_order)


def complaints(connection: AsyncConnection) -> Cases[Complaint]:
    return Cases(connection, tables.complaint, Complaint, _of_order)


def recalls(connection: AsyncConnection) -> Cases[Recall]:
    return Cases(connection, tables.recall, Recall, _of_recall)


def _of_order(case: GoodsReturn | Complaint) -> Mapping[str, Any]:
    return {
        "id": case.id,
        "order_id": case.order_id,
        "marketplace_id": case.marketplace_id,
        "seller_id": case.seller_id,
        "state": case.state.value,
        "due_at": case.due_at,
    }


def _of_recall(recall: Recall) -> Mapping[str, Any]:
    return {
        "id": recall.id,
        "seller_id": recall.seller_id,
        "state": "open" if recall.done_at is None else "done",
        "due_at": recall.recalled_at if recall.done_at is None else None,
    }
