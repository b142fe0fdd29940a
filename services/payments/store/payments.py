"""Payments, refunds and payouts as they stand; the ledger writes them, these read them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.domain.original import PaymentOriginal
from services.payments.domain.payment import Payment
from services.payments.domain.payout import Payout
from services.payments.domain.refund import Refund
from services.payments.store.rows import original_of, payment_of, payout_of, refund_of
from services.payments.store.tables import payment, payment_original, payout, refund

SAME_NUMBER_MAX = 20


class Payments:
    """What buyers paid and got back, and what sellers were sent."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, payment_id: str) -> Payment | None:
        query = select(payment).where(payment.c.id == payment_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else payment_of(row)

    async def of_order(self, order_id: str) -> Sequence[Payment]:
        query = select(payment).where(payment.c.order_id == order_id).order_by(payment.c.id)
        return [payment_of(row) for row in await self._connection.execute(query)]

    async def numbered(self, pay_transaction_id: str) -> Sequence[Payment]:
        """Return the payments that the provider knows under this number; few share one."""
        query = (
            select(payment)
            .where(payment.c.pay_transaction_id == pay_transaction_id)
            .order_by(payment.c.id)
            .limit(SAME_NUMBER_MAX)
        )
        return [payment_of(row) for row in await self._connection.execute(query)]

    async def original(self, payment_id: str) -> PaymentOriginal | None:
        query = select(payment_original).where(payment_original.c.id == payment_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else original_of(row)

    async def forget_originals(self, *, now: datetime) -> int:
        """Delete the original data whose time is over; return of how many payments."""
        over = payment_original.delete().where(payment_original.c.keep_until <= now)
        return (await self._connection.execute(over)).rowcount

    async def find_refund(self, refund_id: str) -> Refund | None:
        query = select(refund).where(refund.c.id == refund_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else refund_of(row)

    async def find_payout(self, payout_id: str) -> Payout | None:
        query = select(payout).where(payout.c.id == payout_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else payout_of(row)
