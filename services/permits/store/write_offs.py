"""How it is kept what each export declaration used of which licence, and was refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.permits.domain.write_off import Plan, RefusedUse, Use, WriteOff
from services.permits.store.tables import licence_use, refused_use, write_off


@dataclass(frozen=True, kw_only=True)
class DatedUse:
    """What one declaration took from a licence line, and when its goods were released."""

    declaration_id: str
    use: Use
    released_at: datetime


@dataclass(frozen=True, kw_only=True)
class DatedRefusal:
    """One refused use with its number in the list, its declaration and when that was released."""

    number: int
    declaration_id: str
    refused: RefusedUse
    released_at: datetime


class WriteOffs:
    """One write-off per export declaration, of this hub's customs and of peers'."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, declaration_id: str) -> WriteOff | None:
        """Return what a declaration has used so far, locked, or None."""
        row = (
            await self._connection.execute(
                select(write_off)
                .where(write_off.c.declaration_id == declaration_id)
                .with_for_update()
            )
        ).one_or_none()
        if row is None:
            return None
        uses = await self._connection.execute(
            select(licence_use).where(licence_use.c.declaration_id == declaration_id)
        )
        refused = await self._connection.execute(
            select(refused_use)
            .where(refused_use.c.declaration_id == declaration_id)
            .order_by(refused_use.c.id)
        )
        return WriteOff(
            declaration_id=declaration_id,
            sequence=row.sequence,
            released_at=row.released_at,
            plan=Plan(uses=tuple(map(_use, uses)), refused=tuple(map(_refused, refused))),
        )

    async def save(self, one: WriteOff) -> None:
        """Keep a write-off; what the same declaration had used before is replaced."""
        here = {"sequence": one.sequence, "released_at": one.released_at}
        changed = await self._connection.execute(
            update(write_off).where(write_off.c.declaration_id == one.declaration_id).values(here)
        )
        if changed.rowcount == 0:
            await self._connection.execute(
                insert(write_off), {"declaration_id": one.declaration_id, **here}
            )
        for table in (licence_use, refused_use):
            await self._connection.execute(
                delete(table).where(table.c.declaration_id == one.declaration_id)
            )
        if one.plan.uses:
            await self._connection.execute(
                insert(licence_use), [_use_values(one, use) for use in one.plan.uses]
            )
        if one.plan.refused:
            await self._connection.execute(
                insert(refused_use), [_refused_values(one, each) for each in one.plan.refused]
            )

    async def uses_of(
        self, licence_id: str, *, after: tuple[str, int], limit: int
    ) -> list[DatedUse]:
        """Return what declarations took from a licence, by declaration and line."""
        declaration_id, line_no = after
        rows = await self._connection.execute(
            select(licence_use, write_off.c.released_at)
            .join(write_off, write_off.c.declaration_id == licence_use.c.declaration_id)
            .where(
                licence_use.c.permit_id == licence_id,
                or_(
                    licence_use.c.declaration_id > declaration_id,
                    (licence_use.c.declaration_id == declaration_id)
                    & (licence_use.c.line_no > line_no),
                ),
            )
            .order_by(licence_use.c.declaration_id, licence_use.c.line_no)
            .limit(limit)
        )
        return [
            DatedUse(declaration_id=row.declaration_id, use=_use(row), released_at=row.released_at)
            for row in rows
        ]

    async def refused_page(
        self, *, holder_id: str | None, after: int, limit: int
    ) -> list[DatedRefusal]:
        """Return refused uses, oldest first; None means everybody's."""
        query = (
            select(refused_use, write_off.c.released_at)
            .join(write_off, write_off.c.declaration_id == refused_use.c.declaration_id)
            .where(refused_use.c.id > after)
        )
        if holder_id is not None:
            query = query.where(refused_use.c.holder_id == holder_id)
        rows = await self._connection.execute(query.order_by(refused_use.c.id).limit(limit))
        return [
            DatedRefusal(
                number=row.id,
                declaration_id=row.declaration_id,
                refused=_refused(row),
                released_at=row.released_at,
            )
            for row in rows
        ]


def _use(row: Row[*tuple[Any, ...]]) -> Use:
    return Use(permit_id=row.permit_id, line_no=row.line_no, quantity=row.quantity)


def _refused(row: Row[*tuple[Any, ...]]) -> RefusedUse:
    return RefusedUse(
        holder_id=row.holder_id,
        permit_type=row.permit_type,
        hs_code=row.hs_code,
        quantity=row.quantity,
        left=row.was_left,
        unit=row.unit,
        reason=row.reason,
    )


def _use_values(one: WriteOff, use: Use) -> dict[str, Any]:
    return {
        "declaration_id": one.declaration_id,
        "permit_id": use.permit_id,
        "line_no": use.line_no,
        "quantity": use.quantity,
    }


def _refused_values(one: WriteOff, refused: RefusedUse) -> dict[str, Any]:
    return {
        "declaration_id": one.declaration_id,
        "holder_id": refused.holder_id,
        "permit_type": refused.permit_type,
        "hs_code": refused.hs_code,
        "quantity": refused.quantity,
        "was_left": refused.left,
        "unit": refused.unit,
        "reason": refused.reason,
    }
