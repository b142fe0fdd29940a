"""How filed forms are kept."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customs.domain.forms.filing import Filing
from services.customs.store.codec import from_json, to_json
from services.customs.store.tables import form_filing
from shared.kernel.errors import NotFound


class FilingNotFound(NotFound):
    """There is no such form, or it is not yours to see."""

    code = "customs.filing-not-found"


class Filings:
    """The forms filed at this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, number: str) -> Filing | None:
        query = select(form_filing.c.body).where(form_filing.c.number == number)
        body = (await self._connection.execute(query)).scalar_one_or_none()
        return None if body is None else from_json(body, Filing)

    async def get(self, number: str) -> Filing:
        """Return a form, or raise FilingNotFound."""
        found = await self.find(number)
        if found is None:
            raise FilingNotFound(f"no form {number}")
        return found

    async def following(self, number: str) -> list[Filing]:
        """Return the forms that say they follow this one."""
        query = select(form_filing.c.body).where(form_filing.c.previous == number)
        rows = await self._connection.execute(query.order_by(form_filing.c.number))
        return [from_json(body, Filing) for body in rows.scalars()]

    async def save(self, one: Filing) -> None:
        values = {
            "form": one.form,
            "member_id": one.member_id,
            "previous": one.previous or None,
            "state": one.state.value,
            "version": one.version,
            "deadline": one.deadline,
            "body": to_json(one),
        }
        here = form_filing.c.number == one.number
        changed = await self._connection.execute(update(form_filing).where(here).values(values))
        if changed.rowcount == 0:
            await self._connection.execute(insert(form_filing), {"number": one.number, **values})

    async def overdue(self, *, at: datetime, limit: int) -> list[str]:
        """Return the numbers of forms whose deadline has passed, those first that passed first."""
        query = select(form_filing.c.number).where(form_filing.c.deadline < at)
        ordered = query.order_by(form_filing.c.deadline, form_filing.c.number).limit(limit)
        return list((await self._connection.execute(ordered)).scalars())

    async def page(
        self, *, after: str, limit: int, members: Collection[str] | None = None
    ) -> list[Filing]:
        """Return forms by number, those after `after`; only of these members if any are named."""
        query = select(form_filing.c.body).where(form_filing.c.number > after)
        if members is not None:
            query = query.where(form_filing.c.member_id.in_(sorted(members)))
        rows = await self._connection.execute(query.order_by(form_filing.c.number).limit(limit))
        return [from_json(body, Filing) for body in rows.scalars()]
