"""How much of a year's allowance each buyer of this hub has used, entry by entry."""

from collections.abc import Collection

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customs.store.tables import allowance
from shared.kernel.money import Money


class Allowances:
    """Entries by reference: a declaration's id, or what an authority recorded elsewhere."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def used(
        self, person: str, year: int, *, currency: str, besides: Collection[str] = ()
    ) -> Money:
        """Return what a person imported in a year, leaving out some entries."""
        query = select(func.coalesce(func.sum(allowance.c.amount_minor), 0)).where(
            allowance.c.person == person,
            allowance.c.year == year,
            allowance.c.currency == currency,
        )
        if besides:
            query = query.where(allowance.c.reference.not_in(list(besides)))
        return Money(int((await self._connection.execute(query)).scalar_one()), currency)

    async def enter(self, reference: str, *, person: str, year: int, amount: Money) -> None:
        """Write an entry, in place of the one that had its reference."""
        values = {
            "person": person,
            "year": year,
            "amount_minor": amount.minor,
            "currency": amount.currency,
        }
        here = allowance.c.reference == reference
        changed = await self._connection.execute(update(allowance).where(here).values(values))
        if changed.rowcount == 0:
            new = {"reference": reference, **values}
            await self._connection.execute(insert(allowance), new)

    async def reduce(self, reference: str, *, by: Money) -> Money:
        """Take an amount off an entry, at most all of it; return what was taken off."""
        here = allowance.c.reference == reference
        query = select(allowance.c.amount_minor, allowance.c.currency).where(here)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None or row.currency != by.currency:
            return Money(0, by.currency)
        taken = min(by.minor, row.amount_minor)
        left = row.amount_minor - taken
        await self._connection.execute(update(allowance).where(here).values(amount_minor=left))
        return Money(taken, by.currency)

    async def give_back(self, reference: str) -> None:
        """Forget an entry: the goods did not enter."""
        await self._connection.execute(delete(allowance).where(allowance.c.reference == reference))
