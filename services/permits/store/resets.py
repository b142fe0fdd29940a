"""How all that a member has here is forgotten, for the test profile alone."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.permits.store import tables


class Resets:
    """Takes rows away; nothing else in this service does."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def forget_of(self, member_id: str) -> None:
        """Take a member's applications and permits with their histories, and what it asked.

        Numbers of permits are never given twice, and what left the country stays written off.
        """
        t = tables
        applications = select(t.application.c.id).where(t.application.c.applicant_id == member_id)
        licences = select(t.licence.c.id).where(t.licence.c.holder_id == member_id)
        for table, which in (
            (t.application_change, t.application_change.c.application_id.in_(applications)),
            (t.application_desk, t.application_desk.c.application_id.in_(applications)),
            (t.application, t.application.c.applicant_id == member_id),
            (t.licence_change, t.licence_change.c.licence_id.in_(licences)),
            (t.licence_use, t.licence_use.c.permit_id.in_(licences)),
            (t.licence_line, t.licence_line.c.permit_id.in_(licences)),
            (t.licence, t.licence.c.holder_id == member_id),
            (t.refused_use, t.refused_use.c.holder_id == member_id),
            (t.guidance_asker, t.guidance_asker.c.asker_id == member_id),
        ):
            await self._connection.execute(delete(table).where(which))
