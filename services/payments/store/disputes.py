"""How disputes are found, and which refunds of a payment are still in flight."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.domain.dispute import Dispute, DisputeState
from services.payments.domain.refund import RefundState
from services.payments.store.rows import dispute_of
from services.payments.store.tables import dispute, refund

IN_FLIGHT_MAX = 100


class Disputes:
    """Disputes about payments of this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, dispute_id: str) -> Dispute | None:
        query = select(dispute).where(dispute.c.id == dispute_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else dispute_of(row)

    async def due(self, *, now: datetime, limit: int) -> Sequence[Dispute]:
        """Return open disputes on which nobody ruled in time."""
        query = (
            select(dispute)
            .where(dispute.c.state == DisputeState.OPEN.value, dispute.c.due_at <= now)
            .order_by(dispute.c.due_at, dispute.c.id)
            .limit(limit)
        )
        return [dispute_of(row) for row in await self._connection.execute(query)]

    async def refunds_in_flight(self, payment_id: str) -> tuple[str, ...]:
        """Return the refunds that the provider has not confirmed, the oldest first."""
        query = (
            select(refund.c.id)
            .where(refund.c.payment_id == payment_id, refund.c.state == RefundState.REQUESTED.value)
            .order_by(refund.c.requested_at, refund.c.id)
            .limit(IN_FLIGHT_MAX)
        )
        return tuple((await self._connection.scalars(query)).all())
