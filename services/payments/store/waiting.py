"""What waits for an answer, for time to pass, or for somebody to notice that it is ready."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.domain.payment import Payment, PaymentState
from services.payments.domain.payout import Payout, PayoutState
from services.payments.domain.refund import Refund, RefundState
from services.payments.domain.reserve import ReserveSlice
from services.payments.store.bank_tables import payment_file_line
from services.payments.store.rows import payment_of, payout_of, refund_of, reserve_of
from services.payments.store.tables import (
    hold,
    order_money,
    order_parcel,
    payment,
    payout,
    refund,
    reserve_slice,
)

HOLDS_MONEY = (PaymentState.CAPTURED.value, PaymentState.PARTLY_REFUNDED.value)


class Waiting:
    """Unfinished business, the oldest first, never more than `limit` at once."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def payouts(self, *, until: datetime, limit: int) -> Sequence[Payout]:
        """Return payouts requested until then that the bank was told of and has not answered."""
        query = (
            select(payout)
            .join(payment_file_line, payment_file_line.c.ref == payout.c.id)
            .where(payout.c.state == PayoutState.REQUESTED.value, payout.c.requested_at <= until)
            .order_by(payout.c.requested_at, payout.c.id)
            .limit(limit)
        )
        return [payout_of(row) for row in await self._connection.execute(query)]

    async def refunds(self, *, until: datetime, limit: int) -> Sequence[Refund]:
        """Return refunds requested until then that the provider has not answered."""
        query = (
            select(refund)
            .where(refund.c.state == RefundState.REQUESTED.value, refund.c.requested_at <= until)
            .order_by(refund.c.requested_at, refund.c.id)
            .limit(limit)
        )
        return [refund_of(row) for row in await self._connection.execute(query)]

    async def authorisations(self, *, now: datetime, limit: int) -> Sequence[Payment]:
        """Return payments whose hold has expired."""
        query = (
            select(payment)
            .join(hold, hold.c.payment_id == payment.c.id)
            .where(hold.c.expires_at <= now)
            .order_by(hold.c.expires_at, payment.c.id)
            .limit(limit)
        )
        return [payment_of(row) for row in await self._connection.execute(query)]

    async def paid_orders(self, *, delivered_until: datetime, limit: int) -> Sequence[str]:
        """Return paid orders with a parcel that arrived by then and was not released yet."""
        arrived = (
            select(order_parcel.c.order_id)
            .where(
                order_parcel.c.order_id == order_money.c.id,
                order_parcel.c.delivered_at <= delivered_until,
                order_parcel.c.cleared_at.is_not(None),
                not_(order_parcel.c.is_taken),
            )
            .exists()
        )
        query = (
            select(order_money.c.id)
            .where(
                not_(order_money.c.is_released),
                order_money.c.payment_id != "",
                order_money.c.cancelled_reason == "",
                order_money.c.dispute_id == "",
                arrived,
            )
            .order_by(order_money.c.id)
            .limit(limit)
        )
        return list((await self._connection.scalars(query)).all())

    async def overdue_orders(
        self, *, unshipped_since: datetime, undelivered_since: datetime, limit: int
    ) -> Sequence[tuple[str, bool]]:
        """Return paid orders nobody ships or delivers, each with whether it was shipped at all.

        Those whose parcels name their lines are told even when one was delivered: a line that no
        parcel brings is overdue by itself.
        """
        shipped = (
            select(order_parcel.c.order_id)
            .where(order_parcel.c.order_id == order_money.c.id, not_(order_parcel.c.is_cancelled))
            .exists()
        )
        delivered = (
            select(order_parcel.c.order_id)
            .where(
                order_parcel.c.order_id == order_money.c.id,
                order_parcel.c.delivered_at.is_not(None),
            )
            .exists()
        )
        by_lines = (
            select(order_parcel.c.order_id)
            .where(order_parcel.c.order_id == order_money.c.id, order_parcel.c.lines != "[]")
            .exists()
        )
        query = (
            select(order_money.c.id, shipped.label("is_shipped"))
            .join(payment, payment.c.id == order_money.c.payment_id)
            .where(
                not_(order_money.c.is_released),
                order_money.c.dispute_id == "",
                payment.c.state.in_(HOLDS_MONEY),
                (not_(shipped) & (order_money.c.captured_at <= unshipped_since))
                | ((by_lines | not_(delivered)) & (order_money.c.captured_at <= undelivered_since)),
            )
            .order_by(order_money.c.captured_at, order_money.c.id)
            .limit(limit)
        )
        return [(row.id, bool(row.is_shipped)) for row in await self._connection.execute(query)]

    async def reserves(self, *, now: datetime, limit: int) -> Sequence[ReserveSlice]:
        """Return the slices of sellers' reserves whose time is over."""
        query = (
            select(reserve_slice)
            .where(reserve_slice.c.released_at.is_(None), reserve_slice.c.release_at <= now)
            .order_by(reserve_slice.c.release_at, reserve_slice.c.id)
            .limit(limit)
        )
        return [reserve_of(row) for row in await self._connection.execute(query)]
