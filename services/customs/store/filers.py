"""How registration codes of firms are kept, and who lets whom act for it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customs.store.tables import delegation, filer
from shared.kernel.errors import NotFound


class FilerNotFound(NotFound):
    """No member is registered under that code."""

    code = "customs.filer-not-found"


@dataclass(frozen=True, kw_only=True)
class Filer:
    """A member that files under a registration code."""

    code: str
    member_id: str
    registered_by: str
    registered_at: datetime


class Filers:
    """The firms that may file messages here."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def register(self, one: Filer) -> None:
        """Let a member file under a code, whoever did so before."""
        values = {
            "member_id": one.member_id,
            "registered_by": one.registered_by,
            "registered_at": one.registered_at,
        }
        here = filer.c.code == one.code
        changed = await self._connection.execute(update(filer).where(here).values(values))
        if changed.rowcount == 0:
            await self._connection.execute(insert(filer), {"code": one.code, **values})

    async def remove(self, code: str) -> None:
        """Let nobody file under a code, or raise FilerNotFound."""
        gone = await self._connection.execute(delete(filer).where(filer.c.code == code))
        if gone.rowcount == 0:
            raise FilerNotFound(f"nobody files under {code}")

    async def find(self, codes: Collection[str]) -> dict[str, Filer]:
        """Return who files under these codes; a code that nobody has is left out."""
        rows = await self._connection.execute(select(filer).where(filer.c.code.in_(codes)))
        return {row.code: Filer(**row._mapping) for row in rows}

    async def page(self, *, after: str, limit: int) -> list[Filer]:
        query = select(filer).where(filer.c.code > after).order_by(filer.c.code).limit(limit)
        return [Filer(**row._mapping) for row in await self._connection.execute(query)]

    async def let_act(
        self,
        delegation_id: str,
        *,
        member_id: str,
        agent_id: str,
        scopes: Collection[str],
        valid_until: datetime,
    ) -> None:
        """Keep that a member lets an agent act for it, unless it took that back already."""
        known = select(delegation.c.delegation_id).where(
            delegation.c.delegation_id == delegation_id
        )
        if await self._connection.scalar(known) is None:
            values = {
                "delegation_id": delegation_id,
                "member_id": member_id,
                "agent_id": agent_id,
                "scopes": sorted(scopes),
                "valid_until": valid_until,
            }
            await self._connection.execute(insert(delegation), values)

    async def let_no_longer(
        self, delegation_id: str, *, member_id: str, agent_id: str, at: datetime
    ) -> None:
        """Keep that a member took it back, also when this is heard before it was given."""
        here = delegation.c.delegation_id == delegation_id
        changed = await self._connection.execute(
            update(delegation).where(here).values(withdrawn_at=at)
        )
        if changed.rowcount == 0:
            values = {
                "delegation_id": delegation_id,
                "member_id": member_id,
                "agent_id": agent_id,
                "scopes": [],
                "valid_until": at,
                "withdrawn_at": at,
            }
            await self._connection.execute(insert(delegation), values)

    async def acted_for(self, agent_id: str, *, scope: str, at: datetime) -> set[str]:
        """Return the members for which an agent may act in a matter at a moment."""
        query = select(delegation.c.member_id, delegation.c.scopes).where(
            delegation.c.agent_id == agent_id,
            delegation.c.withdrawn_at.is_(None),
            delegation.c.valid_until > at,
        )
        rows = await self._connection.execute(query)
        return {row.member_id for row in rows if scope in row.scopes}
