"""How rebate cases are found: by id, or because something is due on them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.domain.rebate import RebateCase, RebateState
from services.payments.store.finance_tables import rebate_case
from services.payments.store.rows import rebate_of


class Rebates:
    """Rebate and drawback cases of this hub's sellers."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, case_id: str) -> RebateCase | None:
        query = select(rebate_case).where(rebate_case.c.id == case_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else rebate_of(row)

    async def waiting(self, *, until: datetime, limit: int) -> Sequence[RebateCase]:
        """Return claims made until then, and cases of which something is owed back."""
        claimed = (rebate_case.c.state == RebateState.CLAIMED.value) & (
            rebate_case.c.claimed_at <= until
        )
        owed = (rebate_case.c.state == RebateState.PAID.value) & (
            rebate_case.c.clawed_back_minor > rebate_case.c.repaid_minor
        )
        query = (
            select(rebate_case)
            .where(claimed | owed)
            .order_by(rebate_case.c.claimed_at, rebate_case.c.id)
            .limit(limit)
        )
        return [rebate_of(row) for row in await self._connection.execute(query)]

    async def lapse(self, *, now: datetime) -> None:
        await self._connection.execute(
            update(rebate_case)
            .where(rebate_case.c.state == RebateState.ELIGIBLE.value, rebate_case.c.claim_by < now)
            .values(state=RebateState.LAPSED.value)
        )
