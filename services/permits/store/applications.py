"""How applications are kept, each with the trail of who changed what."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, Select, and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.permits.domain.actor import Actor
from services.permits.domain.application import Application
from services.permits.domain.states import Deed
from services.permits.domain.trail import Step, changes_between
from services.permits.store.tables import application, application_change, application_desk
from shared.kernel.clock import Clock
from shared.kernel.errors import NotFound


class ApplicationNotFound(NotFound):
    """There is no such application, or it is not yours to see."""

    code = "permits.application-not-found"


@dataclass(frozen=True, kw_only=True)
class QueueFilter:
    """Which cases of the queue, in which order, after which place (its moment, case and desk)."""

    agencies: Collection[str] | None = None
    officer_id: str | None = None
    due_from: date | None = None
    due_to: date | None = None
    by_age: bool = False
    after: tuple[date | datetime, str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class OnDesk:
    """An application on the desk of one agency, and who works on it there."""

    application: Application
    agency: str
    officer_id: str | None


class Applications:
    """The applications made at this hub."""

    def __init__(self, connection: AsyncConnection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    async def get(self, application_id: str, *, lock: bool = True) -> Application:
        """Return an application, locked unless only looked at, or raise ApplicationNotFound."""
        query = select(application.c.document).where(application.c.id == application_id)
        query = query.with_for_update() if lock else query
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise ApplicationNotFound(f"no application {application_id}")
        return _application(row)

    async def add(self, new: Application, *, by: Actor) -> None:
        await self._connection.execute(insert(application), _values(new, due_on=None))
        await self._note(None, new, deed=Deed.EDIT, by=by)

    async def save(
        self,
        before: Application,
        after: Application,
        *,
        deed: Deed,
        by: Actor | None,
        due_on: date | None = None,
    ) -> None:
        """Keep a step and what it changed; `due_on` is the day the office must decide by."""
        await self._connection.execute(
            update(application)
            .where(application.c.id == after.id)
            .values(_values(after, due_on=due_on))
        )
        await self._lay_on_desks(before, after)
        await self._note(before, after, deed=deed, by=by)

    async def page(
        self,
        *,
        applicant_id: str | None,
        state: str | None,
        after: str,
        limit: int,
    ) -> list[Application]:
        """Return applications by id, those after `after`; None means everybody's."""
        query = select(application.c.document).where(application.c.id > after)
        if applicant_id is not None:
            query = query.where(application.c.applicant_id == applicant_id)
        if state is not None:
            query = query.where(application.c.state == state)
        return await self._read(query.order_by(application.c.id).limit(limit))

    async def queue(self, wanted: QueueFilter, *, limit: int) -> list[OnDesk]:
        """Return what lies on desks: by the day it is due, or the oldest first."""
        column = application.c.submitted_at if wanted.by_age else application.c.due_on
        place = (column, application.c.id, application_desk.c.agency)
        query = select(application.c.document, application_desk).join(
            application_desk, application_desk.c.application_id == application.c.id
        )
        if wanted.agencies is not None:
            query = query.where(application_desk.c.agency.in_(wanted.agencies))
        if wanted.officer_id is not None:
            query = query.where(application_desk.c.officer_id == wanted.officer_id)
        if wanted.due_from is not None:
            query = query.where(application.c.due_on >= wanted.due_from)
        if wanted.due_to is not None:
            query = query.where(application.c.due_on <= wanted.due_to)
        if wanted.after is not None:
            query = query.where(_comes_after(place, wanted.after))
        rows = await self._connection.execute(query.order_by(*place).limit(limit))
        return [
            OnDesk(application=_application(row), agency=row.agency, officer_id=row.officer_id)
            for row in rows
        ]

    async def trail(self, application_id: str, *, after: int, limit: int) -> list[tuple[int, Step]]:
        """Return the steps of an application with their numbers, oldest first."""
        rows = await self._connection.execute(
            select(application_change)
            .where(
                application_change.c.application_id == application_id,
                application_change.c.id > after,
            )
            .order_by(application_change.c.id)
            .limit(limit)
        )
        return [(row.id, _step(row)) for row in rows]

    async def _read(self, query: Select[Any]) -> list[Application]:
        return [_application(row) for row in await self._connection.execute(query)]

    async def _lay_on_desks(self, before: Application, after: Application) -> None:
        old, new = _desk_rows(before), _desk_rows(after)
        if old == new:
            return
        await self._connection.execute(
            delete(application_desk).where(application_desk.c.application_id == after.id)
        )
        if new:
            await self._connection.execute(insert(application_desk), new)

    async def _note(
        self, before: Application | None, after: Application, *, deed: Deed, by: Actor | None
    ) -> None:
        old = {} if before is None else msgspec.to_builtins(before)
        changes = changes_between(old, msgspec.to_builtins(after))
        await self._connection.execute(
            insert(application_change),
            {
                "application_id": after.id,
                "version": after.version,
                "deed": deed.value,
                "member_id": None if by is None else by.member_id,
                "client_id": None if by is None else by.client_id,
                "at": self._clock.now(),
                "changes": msgspec.to_builtins(changes),
            },
        )


def _values(new: Application, *, due_on: date | None) -> dict[str, Any]:
    return {
        "id": new.id,
        "version": new.version,
        "state": new.state.value,
        "permit_type": new.permit_type,
        "agency": new.agency,
        "applicant_id": new.applicant_id,
        "due_on": due_on,
        "submitted_at": new.submitted_at,
        "document": msgspec.to_builtins(new),
    }


def _desk_rows(one: Application) -> list[dict[str, Any]]:
    return [
        {"application_id": one.id, "agency": agency, "officer_id": one.assigned.get(agency)}
        for agency in one.desks
    ]


def _comes_after(columns: Sequence[Any], place: Sequence[Any]) -> ColumnElement[bool]:
    """Compare row by row, spelled out: drivers bind a tuple's members without their types."""
    either = []
    for index, (column, value) in enumerate(zip(columns, place, strict=True)):
        same = [c == v for c, v in zip(columns[:index], place[:index], strict=True)]
        either.append(and_(*same, column > value))
    return or_(*either)


def _application(row: Row[*tuple[Any, ...]]) -> Application:
    return msgspec.convert(row.document, Application)


def _step(row: Row[*tuple[Any, ...]]) -> Step:
    by_someone = row.member_id is not None
    return msgspec.convert(
        {
            "version": row.version,
            "deed": row.deed,
            "actor": {"member_id": row.member_id, "client_id": row.client_id}
            if by_someone
            else None,
            "at": row.at,
            "changes": row.changes,
        },
        Step,
    )
