"""How the register is kept of whose data left for whom and what for, a row for each year."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.domain.transfer import Transfer
from services.exchange.store.people_tables import transfer


class Registered(NamedTuple):
    """One row of the register."""

    id: int
    year: int
    person: str
    peer: str
    purpose: str
    records: int
    first_at: datetime
    last_at: datetime


class PurposeCount(NamedTuple):
    """How many persons' data left for one purpose, in how many records."""

    purpose: str
    persons: int
    records: int


class Transfers:
    """The register of what left, kept in the transaction that numbers it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def note(self, transfers: Iterable[Transfer], *, year: int, now: datetime) -> None:
        """Count records that leave, each person and purpose once more."""
        counted = Counter(transfers)
        if not counted:
            return
        rows = [
            {**each._asdict(), "year": year, "records": times, "first_at": now, "last_at": now}
            for each, times in sorted(counted.items())  # in one order, so that no two wait in turn
        ]
        dialect = self._connection.dialect.name
        new = (postgres_insert if dialect == "postgresql" else sqlite_insert)(transfer)
        places = [transfer.c.year, transfer.c.person, transfer.c.peer, transfer.c.purpose]
        again = {
            "records": transfer.c.records + new.excluded.records,
            "last_at": new.excluded.last_at,
        }
        await self._connection.execute(
            new.on_conflict_do_update(index_elements=places, set_=again), rows
        )

    async def by_purpose(self, year: int) -> Sequence[PurposeCount]:
        """Return a year's persons and records by purpose."""
        rows = await self._connection.execute(
            select(
                transfer.c.purpose,
                func.count(transfer.c.person.distinct()),
                func.sum(transfer.c.records),
            )
            .where(transfer.c.year == year)
            .group_by(transfer.c.purpose)
            .order_by(transfer.c.purpose)
        )
        return [PurposeCount(purpose, persons, int(records)) for purpose, persons, records in rows]

    async def persons(self, year: int, *, besides: Collection[str]) -> int:
        """Return a year's persons, those left out whose data left for nothing but `besides`."""
        counted = select(func.count(transfer.c.person.distinct())).where(
            transfer.c.year == year, transfer.c.purpose.not_in(besides)
        )
        return int(await self._connection.scalar(counted) or 0)

    async def page(
        self, *, year: int, person: str | None, after: int, limit: int
    ) -> Sequence[Registered]:
        """Return rows of a year by their number, of one person if it is named."""
        query = select(*(transfer.c[name] for name in Registered._fields)).where(
            transfer.c.year == year, transfer.c.id > after
        )
        if person is not None:
            query = query.where(transfer.c.person == person)
        rows = await self._connection.execute(query.order_by(transfer.c.id).limit(limit))
        return [Registered(*row) for row in rows]
