"""How the balances of quotas are kept: what is drawn on each, and by which declaration."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customs.domain.quota import Quota, QuotaBalance, QuotaOverdrawn
from services.customs.store.tables import quota_balance, quota_draw


@dataclass(frozen=True, kw_only=True)
class QuotaDraw:
    """What one declaration drew on one quota, in the quota's own measure."""

    order_number: str
    opens: date
    subject_id: str
    quantity: int


class Quotas:
    """The balances of this hub's country."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def balance(self, quota: Quota) -> QuotaBalance:
        """Return what is drawn on a quota; nothing where nobody drew on it yet."""
        query = select(quota_balance).where(*_here(quota.order_number, quota.opens))
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return QuotaBalance(quota=quota)
        return QuotaBalance(
            quota=quota, drawn=row.drawn, version=row.version, changed_at=row.changed_at
        )

    async def draw(
        self, before: QuotaBalance, subject_id: str, quantity: int, *, at: datetime
    ) -> QuotaBalance:
        """Draw on a quota, or raise QuotaOverdrawn: the database itself never goes below zero."""
        quota = before.quota
        key = {"order_number": quota.order_number, "opens": quota.opens.isoformat()}
        if before.version == 0:
            start = {**key, "drawn": 0, "version": 0, "changed_at": at}
            await self._connection.execute(insert(quota_balance), start)
        await self._move(before, quantity, at=at)
        values = {**key, "subject_id": subject_id, "quantity": quantity}
        await self._connection.execute(insert(quota_draw), values)
        return await self.balance(quota)

    async def draws_of(self, subject_id: str) -> list[QuotaDraw]:
        query = select(quota_draw).where(quota_draw.c.subject_id == subject_id)
        rows = await self._connection.execute(query.order_by(quota_draw.c.order_number))
        return [
            QuotaDraw(
                order_number=row.order_number,
                opens=date.fromisoformat(row.opens),
                subject_id=row.subject_id,
                quantity=row.quantity,
            )
            for row in rows
        ]

    async def give_back(
        self, before: QuotaBalance, draw: QuotaDraw, *, at: datetime
    ) -> QuotaBalance:
        await self._move(before, -draw.quantity, at=at)
        await self._connection.execute(
            delete(quota_draw).where(
                quota_draw.c.subject_id == draw.subject_id,
                quota_draw.c.order_number == draw.order_number,
                quota_draw.c.opens == draw.opens.isoformat(),
            )
        )
        return await self.balance(before.quota)

    async def _move(self, before: QuotaBalance, quantity: int, *, at: datetime) -> None:
        quota = before.quota
        changed = await self._connection.execute(
            update(quota_balance)
            .where(
                *_here(quota.order_number, quota.opens),
                quota_balance.c.drawn + quantity <= quota.volume,
            )
            .values(
                drawn=quota_balance.c.drawn + quantity,
                version=quota_balance.c.version + 1,
                changed_at=at,
            )
        )
        if changed.rowcount == 0:
            raise QuotaOverdrawn(
                f"quota {quota.order_number} has {before.left} left",
                field="lines",
                order_number=quota.order_number,
            )


def _here(order_number: str, opens: date) -> tuple[ColumnElement[bool], ...]:
    return (
        quota_balance.c.order_number == order_number,
        quota_balance.c.opens == opens.isoformat(),
    )
