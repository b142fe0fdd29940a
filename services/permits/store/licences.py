"""How licences are kept, with their numbers and their lines."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.permits.domain.actor import Actor
from services.permits.domain.licence import Licence, LicenceLine
from services.permits.domain.states import ENDED, LicenceDeed
from services.permits.domain.trail import LicenceStep, changes_between
from services.permits.store.tables import licence, licence_change, licence_line
from shared.kernel.clock import Clock
from shared.kernel.errors import NotFound

EXPIRED_AT_ONCE_MAX = 500
_NEXT_NUMBER = text(
    "INSERT INTO permit_number (series, last) VALUES (:series, 1) "
    "ON CONFLICT (series) DO UPDATE SET last = permit_number.last + 1 RETURNING last"
)


class LicenceNotFound(NotFound):
    """There is no such licence, or it is not yours to see."""

    code = "permits.licence-not-found"


class Licences:
    """The licences that this hub's agencies gave."""

    def __init__(self, connection: AsyncConnection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    async def get(self, licence_id: str, *, lock: bool = True) -> Licence:
        """Return a licence, locked unless only looked at, or raise LicenceNotFound."""
        query = select(licence.c.document).where(licence.c.id == licence_id)
        found = await self._read(query.with_for_update() if lock else query)
        if not found:
            raise LicenceNotFound(f"no licence {licence_id}")
        return found[0]

    async def page(self, *, holder_id: str | None, after: str, limit: int) -> list[Licence]:
        """Return licences by id, those after `after`; None means everybody's."""
        query = select(licence.c.document).where(licence.c.id > after)
        if holder_id is not None:
            query = query.where(licence.c.holder_id == holder_id)
        return await self._read(query.order_by(licence.c.id).limit(limit))

    async def of_holders(
        self, holder_ids: Collection[str], *, at: datetime, also: Collection[str]
    ) -> list[Licence]:
        """Return, locked, what these holders had at a moment, and the licences named in `also`."""
        held = licence.c.holder_id.in_(holder_ids) & (licence.c.valid_until > at)
        query = select(licence.c.document).where(or_(held, licence.c.id.in_(also)))
        return await self._read(query.order_by(licence.c.id).with_for_update())

    async def out_of_time(self, *, now: datetime) -> list[Licence]:
        """Return, locked, licences whose time has run out and that nobody has ended."""
        return await self._read(
            select(licence.c.document)
            .where(
                licence.c.state.not_in([state.value for state in ENDED]),
                licence.c.valid_until <= now,
            )
            .order_by(licence.c.valid_until, licence.c.id)
            .limit(EXPIRED_AT_ONCE_MAX)
            .with_for_update()
        )

    async def add(self, new: Licence, *, by: Actor) -> None:
        await self._connection.execute(insert(licence), _values(new))
        lines = [_line_values(new.id, line) for line in new.lines]
        await self._connection.execute(insert(licence_line), lines)
        await self._note(None, new, deed=LicenceDeed.ISSUE, by=by, cause=new.application_id)

    async def save(
        self,
        before: Licence,
        changed: Licence,
        *,
        deed: LicenceDeed,
        by: Actor | None,
        cause: str | None = None,
    ) -> None:
        """Keep what a deed made of a licence, and what it changed."""
        await self._connection.execute(
            update(licence).where(licence.c.id == changed.id).values(_values(changed))
        )
        await self._connection.execute(
            update(licence_line)
            .where(
                licence_line.c.permit_id == bindparam("of_permit"),
                licence_line.c.line_no == bindparam("of_line"),
            )
            .values(used=bindparam("now_used")),
            [
                {"of_permit": changed.id, "of_line": line.line_no, "now_used": line.used}
                for line in changed.lines
            ],
        )
        await self._note(before, changed, deed=deed, by=by, cause=cause)

    async def trail(
        self, licence_id: str, *, after: int, limit: int
    ) -> list[tuple[int, LicenceStep]]:
        """Return what was done to a licence with the steps' numbers, oldest first."""
        rows = await self._connection.execute(
            select(licence_change)
            .where(licence_change.c.licence_id == licence_id, licence_change.c.id > after)
            .order_by(licence_change.c.id)
            .limit(limit)
        )
        return [(row.id, _step(row)) for row in rows]

    async def next_number(self, series: str) -> int:
        """Return the next number of a series; taken even when nothing comes of it is not."""
        number = await self._connection.scalar(_NEXT_NUMBER, {"series": series})
        return int(number or 0)

    async def _note(
        self,
        before: Licence | None,
        after: Licence,
        *,
        deed: LicenceDeed,
        by: Actor | None,
        cause: str | None,
    ) -> None:
        old = {} if before is None else _noted(before)
        changes = changes_between(old, _noted(after))
        await self._connection.execute(
            insert(licence_change),
            {
                "licence_id": after.id,
                "version": after.version,
                "deed": deed.value,
                "member_id": None if by is None else by.member_id,
                "client_id": None if by is None else by.client_id,
                "cause": cause,
                "at": self._clock.now(),
                "changes": msgspec.to_builtins(changes),
            },
        )

    async def _read(self, query: Any) -> list[Licence]:
        rows: Sequence[Row[Any]] = (await self._connection.execute(query)).all()
        return [msgspec.convert(row.document, Licence) for row in rows]


def _values(new: Licence) -> dict[str, Any]:
    return {
        "id": new.id,
        "version": new.version,
        "state": new.state.value,
        "permit_no": new.permit_no,
        "holder_id": new.holder_id,
        "issued_at": new.issued_at,
        "valid_until": new.valid_until,
        "document": msgspec.to_builtins(new),
    }


def _noted(one: Licence) -> dict[str, Any]:
    """Return the fields that a trail is about; the signed document only repeats them."""
    fields: dict[str, Any] = msgspec.to_builtins(one)
    del fields["document"]
    return fields


def _line_values(licence_id: str, line: LicenceLine) -> dict[str, Any]:
    return {
        "permit_id": licence_id,
        "line_no": line.line_no,
        "hs_code": line.hs_code,
        "quantity": line.quantity,
        "unit": line.unit,
        "used": line.used,
    }


def _step(row: Row[*tuple[Any, ...]]) -> LicenceStep:
    by_someone = row.member_id is not None
    actor = {"member_id": row.member_id, "client_id": row.client_id}
    return msgspec.convert(
        {
            "version": row.version,
            "deed": row.deed,
            "actor": actor if by_someone else None,
            "cause": row.cause,
            "at": row.at,
            "changes": row.changes,
        },
        LicenceStep,
    )
