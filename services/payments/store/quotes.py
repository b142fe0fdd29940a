"""How exchange quotes are kept."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.domain.quote import Quote, QuoteState
from services.payments.store.bulk import insert_rows
from services.payments.store.rows import quote_of, values_of
from services.payments.store.tables import quote


class Quotes:
    """Quotes of this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, new: Quote) -> None:
        await insert_rows(self._connection, quote, [values_of(new)])

    async def find(self, quote_id: str) -> Quote | None:
        row = (
            await self._connection.execute(select(quote).where(quote.c.id == quote_id))
        ).one_or_none()
        return None if row is None else quote_of(row)

    async def last_of(self, source_currency: str, target_currency: str) -> Quote | None:
        """Return the newest quote between two currencies."""
        query = (
            select(quote)
            .where(
                quote.c.source_currency == source_currency,
                quote.c.target_currency == target_currency,
            )
            .order_by(quote.c.created_at.desc(), quote.c.id.desc())
            .limit(1)
        )
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else quote_of(row)

    async def expire(self, *, now: datetime) -> int:
        """Mark the open quotes whose time is over; return how many there were."""
        done = await self._connection.execute(
            update(quote)
            .where(quote.c.state == QuoteState.OPEN.value, quote.c.expires_at <= now)
            .values(state=QuoteState.EXPIRED.value)
        )
        return done.rowcount
