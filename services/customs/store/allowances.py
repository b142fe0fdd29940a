"""How much of a year's allowance each buyer of this hub has used, entry by entry."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customs.store.codec import slices
from services.customs.store.tables import allowance
from shared.kernel.money import Money

Year = tuple[str, int, str]
"""A person, a year and a currency."""


class Allowances:
    """Entries by reference: a declaration's id, or what an authority recorded elsewhere.

    Whoever decides about many parcels at once loads their buyers' years first: from then on these
    are read and entered in memory, and `flush` writes what was entered.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._loaded: dict[Year, dict[str, int]] = {}
        self._known: set[str] = set()
        self._entered: dict[str, dict[str, Any]] = {}

    async def load(self, persons: Collection[str], year: int, *, currency: str) -> None:
        """Read these buyers' year once, for all the parcels about to be decided."""
        for some in slices(sorted(persons)):
            self._loaded |= {(person, year, currency): {} for person in some}
            query = select(allowance).where(
                allowance.c.person.in_(some),
                allowance.c.year == year,
                allowance.c.currency == currency,
            )
            for row in await self._connection.execute(query):
                self._loaded[row.person, year, currency][row.reference] = row.amount_minor
                self._known.add(row.reference)

    async def used(
        self, person: str, year: int, *, currency: str, besides: Collection[str] = ()
    ) -> Money:
        """Return what a person imported in a year, leaving out some entries."""
        loaded = self._loaded.get((person, year, currency))
        if loaded is not None:
            return Money(sum(n for ref, n in loaded.items() if ref not in besides), currency)
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
        loaded = self._loaded.get((person, year, amount.currency))
        if loaded is not None:
            loaded[reference] = amount.minor
            self._entered[reference] = values
            return
        await self._write(reference, values)

    async def flush(self) -> None:
        """Write what was entered since the years were loaded, and read them anew from here on."""
        new = [{"reference": r, **v} for r, v in self._entered.items() if r not in self._known]
        if new:
            await self._connection.execute(insert(allowance), new)
        for reference, values in self._entered.items():
            if reference in self._known:
                await self._write(reference, values)
        self._loaded, self._known, self._entered = {}, set(), {}

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

    async def _write(self, reference: str, values: dict[str, Any]) -> None:
        here = allowance.c.reference == reference
        changed = await self._connection.execute(update(allowance).where(here).values(values))
        if changed.rowcount == 0:
            new = {"reference": reference, **values}
            await self._connection.execute(insert(allowance), new)
