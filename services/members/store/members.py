"""How members are kept."""

from sqlalchemy import Row, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.members.domain.member import Member, MemberKind
from services.members.store.tables import member
from shared.kernel.errors import Conflict, NotFound


class MemberNotFound(NotFound):
    """There is no such member, or it is not yours to see."""

    code = "members.member-not-found"


class MemberExists(Conflict):
    """A member with this id is registered already."""

    code = "members.member-exists"


class Members:
    """The members of this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, member_id: str) -> Member:
        """Return a member, or raise MemberNotFound."""
        found = await self.find(member_id)
        if found is None:
            raise MemberNotFound(f"no member {member_id}")
        return found

    async def find(self, member_id: str) -> Member | None:
        row = (
            await self._connection.execute(select(member).where(member.c.id == member_id))
        ).one_or_none()
        return None if row is None else _member(row)

    async def add(self, new: Member) -> None:
        """Keep a new member, or raise MemberExists."""
        values = {
            "id": new.id,
            "kind": new.kind.value,
            "name": new.name,
            "country": new.country,
            "identifiers": dict(new.identifiers),
            "registered_at": new.registered_at,
        }
        try:
            await self._connection.execute(insert(member), values)
        except IntegrityError as error:
            raise MemberExists(f"{new.id} is registered already") from error

    async def page(self, *, after: str, limit: int) -> list[Member]:
        """Return members by id, those after `after`."""
        rows = await self._connection.execute(
            select(member).where(member.c.id > after).order_by(member.c.id).limit(limit)
        )
        return [_member(row) for row in rows]


def _member(row: Row[*tuple[object, ...]]) -> Member:
    return Member(
        id=row.id,
        kind=MemberKind(row.kind),
        name=row.name,
        country=row.country,
        identifiers=row.identifiers,
        registered_at=row.registered_at,
    )
