"""Which officers decide and advise for which agencies, as the hub's operator says."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.permits.store.tables import officer_agency


@dataclass(frozen=True, kw_only=True)
class Officer:
    """A member that decides for an agency, since when, and which operator said so."""

    member_id: str
    given_at: datetime
    given_by: str


class Agencies:
    """The officers of this country's agencies at this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, member_id: str) -> frozenset[str]:
        """Return the agencies that a member is an officer of."""
        query = select(officer_agency.c.agency).where(officer_agency.c.member_id == member_id)
        return frozenset(await self._connection.scalars(query))

    async def officers(self, agency: str, *, after: str, limit: int) -> list[Officer]:
        """Return an agency's officers by member id, those after `after`."""
        rows = await self._connection.execute(
            select(officer_agency)
            .where(officer_agency.c.agency == agency, officer_agency.c.member_id > after)
            .order_by(officer_agency.c.member_id)
            .limit(limit)
        )
        return [
            Officer(member_id=row.member_id, given_at=row.given_at, given_by=row.given_by)
            for row in rows
        ]

    async def give(self, agency: str, officer: Officer) -> None:
        """Make a member an officer of an agency."""
        values = {
            "member_id": officer.member_id,
            "agency": agency,
            "given_at": officer.given_at,
            "given_by": officer.given_by,
        }
        await self._connection.execute(insert(officer_agency), values)

    async def take(self, agency: str, member_id: str) -> None:
        """Make a member an officer of an agency no more."""
        await self._connection.execute(
            delete(officer_agency).where(
                officer_agency.c.agency == agency, officer_agency.c.member_id == member_id
            )
        )
