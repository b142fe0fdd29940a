"""How customs keeps what it heard of permits, and what each export used of them."""

from collections.abc import Collection

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customs.domain.permit import KnownPermit, LineKey
from services.customs.store.codec import from_json, slices, to_json
from services.customs.store.tables import known_permit, permit_use


class Permits:
    """The permits that this hub's customs has been told of."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def known(self, permit_id: str) -> KnownPermit:
        """Return what is known of a permit, maybe nothing yet."""
        query = select(known_permit.c.body).where(known_permit.c.permit_id == permit_id)
        body = (await self._connection.execute(query)).scalar_one_or_none()
        return KnownPermit(permit_id=permit_id) if body is None else from_json(body, KnownPermit)

    async def numbered(self, permit_no: str) -> KnownPermit | None:
        query = select(known_permit.c.body).where(known_permit.c.permit_no == permit_no)
        body = (await self._connection.execute(query)).scalars().first()
        return None if body is None else from_json(body, KnownPermit)

    async def of_holders(self, holders: Collection[str]) -> list[KnownPermit]:
        found: list[KnownPermit] = []
        for some in slices(sorted(holders)):
            query = select(known_permit.c.body).where(known_permit.c.holder_id.in_(some))
            rows = await self._connection.execute(query.order_by(known_permit.c.permit_id))
            found += [from_json(body, KnownPermit) for body in rows.scalars()]
        return found

    async def save(self, one: KnownPermit) -> None:
        values = {
            "holder_id": None if one.terms is None else one.terms.holder_id,
            "permit_no": None if one.terms is None else one.terms.permit_no,
            "body": to_json(one),
        }
        here = known_permit.c.permit_id == one.permit_id
        changed = await self._connection.execute(update(known_permit).where(here).values(values))
        if changed.rowcount == 0:
            await self._connection.execute(
                insert(known_permit), {"permit_id": one.permit_id, **values}
            )

    async def note_use(self, declaration_id: str, key: LineKey, *, by: int) -> None:
        """Note that an export used more of a line, or less for a negative step."""
        here = (
            (permit_use.c.declaration_id == declaration_id)
            & (permit_use.c.permit_id == key[0])
            & (permit_use.c.line_no == key[1])
        )
        added = {"quantity": permit_use.c.quantity + by}
        changed = await self._connection.execute(update(permit_use).where(here).values(added))
        if changed.rowcount == 0:
            new = {"permit_id": key[0], "line_no": key[1], "quantity": by}
            await self._connection.execute(
                insert(permit_use), {"declaration_id": declaration_id, **new}
            )

    async def used_by(self, declaration_id: str) -> dict[LineKey, int]:
        """Return what an export has used so far."""
        query = select(
            permit_use.c.permit_id, permit_use.c.line_no, func.sum(permit_use.c.quantity)
        ).where(permit_use.c.declaration_id == declaration_id)
        rows = await self._connection.execute(
            query.group_by(permit_use.c.permit_id, permit_use.c.line_no)
        )
        return {(permit_id, line_no): int(quantity) for permit_id, line_no, quantity in rows}
