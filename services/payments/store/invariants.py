"""The promises of the books as queries: each returns the rows that break it, none when it holds."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.store.banking import Banking
from services.payments.store.tables import account, hold, payment, transfer

SHOWN_MAX = 20
TIMER_TICK = timedelta(minutes=1)
"""A hold may outlive its deadline by this much, six passes of the timer that ends it."""


class Broken(NamedTuple):
    """One promise that does not hold, and where."""

    promise: str
    detail: str


class Invariants:
    """Looks only; sums are over accounts and open holds, never over a life of transfers."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def broken(self, *, now: datetime) -> list[Broken]:
        """Return every promise that is broken now."""
        found = await self._sums()
        found += await self._holds()
        found += await self._expired(now)
        found += await self._refunds()
        found += await self._banks()
        return found

    async def _sums(self) -> list[Broken]:
        total = func.sum(account.c.credits - account.c.debits)
        query = select(account.c.currency, total).group_by(account.c.currency).having(total != 0)
        rows = await self._connection.execute(query)
        return [Broken("a currency sums to zero", f"{row[0]}: {row[1]}") for row in rows]

    async def _holds(self) -> list[Broken]:
        pending = select(func.coalesce(func.sum(account.c.debits_pending), 0))
        held = select(func.coalesce(func.sum(transfer.c.amount), 0)).where(
            transfer.c.kind == literal_column("'hold'"),  # as the index of holds says it
            transfer.c.id.in_(select(hold.c.transfer_id)),
        )
        one = int(await self._connection.scalar(pending) or 0)
        other = int(await self._connection.scalar(held) or 0)
        if one == other:
            return []
        return [Broken("pending counters are the open holds", f"{one} against {other}")]

    async def _expired(self, now: datetime) -> list[Broken]:
        query = (
            select(hold.c.transfer_id)
            .where(hold.c.expires_at < now - TIMER_TICK)
            .order_by(hold.c.expires_at)
            .limit(SHOWN_MAX)
        )
        rows = await self._connection.scalars(query)
        return [Broken("no hold outlives its deadline", each) for each in rows]

    async def _banks(self) -> list[Broken]:
        banking = Banking(self._connection)
        found = []
        for name, currency in await banking.accounts():
            unexplained = (await banking.standing(name, currency)).unexplained
            if unexplained:
                where = f"{name} {currency}: {unexplained}"
                found.append(Broken("the ledger equals the bank, or a break says why", where))
        return found

    async def _refunds(self) -> list[Broken]:
        query = (
            select(payment.c.id)
            .where(
                payment.c.refunded_minor + payment.c.charged_back_minor > payment.c.captured_minor
            )
            .order_by(payment.c.id)
            .limit(SHOWN_MAX)
        )
        rows = await self._connection.scalars(query)
        return [Broken("refunds and chargebacks stay within the capture", each) for each in rows]
