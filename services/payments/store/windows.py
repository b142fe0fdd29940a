"""Obligations between hubs, numbered without gaps, and the windows that settle them."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.domain.sheet import LINES_PER_CHUNK, Obligation, Span
from services.payments.domain.window import Window, WindowState
from services.payments.store.bulk import OnConflict, insert_rows
from services.payments.store.finance_tables import obligation, settlement_window
from services.payments.store.rows import values_of, window_of

READ_AT_ONCE = 5_000


class Windows:
    """What this hub owes its peers and they owe it, leg by leg."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._last: dict[tuple[str, str, str], int] = {}

    async def last_no(self, debtor: str, creditor: str, currency: str) -> int:
        """Return the newest number; whoever adds one holds the lock of the peer's account."""
        pair = (debtor, creditor, currency)
        if pair not in self._last:
            query = select(func.max(obligation.c.no)).where(*_between(*pair))
            self._last[pair] = int(await self._connection.scalar(query) or 0)
        return self._last[pair]

    async def number(self, debtor: str, creditor: str, currency: str, **leg: Any) -> int:
        """Keep a new obligation of ours under the next number, and return it."""
        no = await self.last_no(debtor, creditor, currency) + 1
        self._last[debtor, creditor, currency] = no
        await self.add(debtor, creditor, currency, no=no, **leg)
        return no

    async def add(self, debtor: str, creditor: str, currency: str, **leg: Any) -> None:
        """Keep an obligation; one that is known stays as it is."""
        row = {"debtor": debtor, "creditor": creditor, "currency": currency, **leg}
        await insert_rows(self._connection, obligation, [row], on_conflict=OnConflict.KEEP)

    async def obligations(self, span: Span) -> AsyncIterator[Obligation]:
        """Yield a window's obligations by number."""
        query = (
            select(
                obligation.c.no,
                obligation.c.transfer_id,
                obligation.c.order_id,
                obligation.c.amount_minor,
            )
            .where(
                *_between(span.debtor, span.creditor, span.currency),
                obligation.c.no > span.after_no,
                obligation.c.no <= span.until_no,
            )
            .order_by(obligation.c.no)
            .execution_options(yield_per=READ_AT_ONCE)
        )
        async with self._connection.stream(query) as rows:
            async for row in rows:
                yield Obligation(*row)

    async def chunk(self, span: Span, place: int) -> list[Obligation]:
        """Return the lines of one chunk of a window's sheet."""
        after = span.after_no + place * LINES_PER_CHUNK
        until = min(span.until_no, after + LINES_PER_CHUNK)
        part = span._replace(after_no=after, until_no=until)
        return [each async for each in self.obligations(part)]

    async def proceeds(self, span: Span) -> Sequence[Any]:
        """Return what a window brings home, summed for each order of ours."""
        query = (
            select(
                obligation.c.order_id,
                obligation.c.order_no,
                obligation.c.seller_id,
                func.sum(obligation.c.amount_minor).label("amount_minor"),
            )
            .where(
                *_between(span.debtor, span.creditor, span.currency),
                obligation.c.no > span.after_no,
                obligation.c.no <= span.until_no,
            )
            .group_by(obligation.c.order_id, obligation.c.order_no, obligation.c.seller_id)
            .order_by(obligation.c.order_id)
        )
        return (await self._connection.execute(query)).all()

    async def last_window(self, debtor: str, creditor: str, currency: str) -> Window | None:
        query = (
            select(settlement_window)
            .where(
                settlement_window.c.debtor == debtor,
                settlement_window.c.creditor == creditor,
                settlement_window.c.currency == currency,
            )
            .order_by(settlement_window.c.window_no.desc())
            .limit(1)
        )
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else window_of(row)

    async def find(self, window_id: str) -> Window | None:
        query = select(settlement_window).where(settlement_window.c.id == window_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else window_of(row)

    async def save(self, window: Window) -> None:
        await insert_rows(
            self._connection,
            settlement_window,
            [values_of(window)],
            on_conflict=OnConflict.REPLACE,
        )

    async def unanswered(self, *, creditor: str, limit: int) -> Sequence[Window]:
        """Return the windows a debtor closed for which we have no sheet of our own yet."""
        query = (
            select(settlement_window)
            .where(
                settlement_window.c.creditor == creditor,
                settlement_window.c.state == WindowState.CLOSED.value,
                settlement_window.c.ours_sha256 == "",
            )
            .order_by(settlement_window.c.closed_at, settlement_window.c.id)
            .limit(limit)
        )
        return [window_of(row) for row in await self._connection.execute(query)]

    async def unpaid(self, *, debtor: str, until: datetime, limit: int) -> Sequence[Window]:
        """Return the windows both hubs agreed on that our bank has not paid."""
        query = (
            select(settlement_window)
            .where(
                settlement_window.c.debtor == debtor,
                settlement_window.c.state == WindowState.AGREED.value,
                settlement_window.c.closed_at <= until,
            )
            .order_by(settlement_window.c.closed_at, settlement_window.c.id)
            .limit(limit)
        )
        return [window_of(row) for row in await self._connection.execute(query)]


def _between(debtor: str, creditor: str, currency: str) -> tuple[Any, ...]:
    return (
        obligation.c.debtor == debtor,
        obligation.c.creditor == creditor,
        obligation.c.currency == currency,
    )
