"""How questions about buyers' years are kept: who asked, when, and what was answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customs.store.tables import allowance_question


@dataclass(frozen=True, kw_only=True)
class AllowanceQuestion:
    """One question. It names an asker, perhaps an order, and never the person asked about."""

    id: str
    asker: str
    asked_at: datetime
    order_id: str | None
    fits: bool


class AllowanceQuestions:
    """The log of one-bit answers."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, one: AllowanceQuestion) -> None:
        values = {
            "id": one.id,
            "asker": one.asker,
            "asked_at": one.asked_at,
            "order_id": one.order_id,
            "fits": one.fits,
        }
        await self._connection.execute(insert(allowance_question), values)

    async def asked_since(self, asker: str, since: datetime, *, limit: int) -> list[datetime]:
        """Return when an asker asked after a moment, the newest first, at most `limit` of them."""
        query = (
            select(allowance_question.c.asked_at)
            .where(allowance_question.c.asker == asker, allowance_question.c.asked_at > since)
            .order_by(allowance_question.c.asked_at.desc())
            .limit(limit)
        )
        return list((await self._connection.execute(query)).scalars())

    async def page(self, *, after: str, limit: int) -> Sequence[AllowanceQuestion]:
        query = select(allowance_question).where(allowance_question.c.id > after)
        rows = await self._connection.execute(query.order_by(allowance_question.c.id).limit(limit))
        return [AllowanceQuestion(**row._mapping) for row in rows]
