"""Which assertions of clients were used, until they would have ended anyway."""

from datetime import datetime

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.members.domain.assertion import INVALID, SKEW, Assertion
from services.members.domain.client import ClientCredentialsInvalid
from services.members.store.tables import used_assertion


class Assertions:
    """The numbers that must not come again."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def use(self, one: Assertion, *, now: datetime) -> None:
        """Note an assertion as used, or raise ClientCredentialsInvalid when it was before."""
        over = delete(used_assertion).where(
            used_assertion.c.client_id == one.client_id, used_assertion.c.ends_at < now - SKEW
        )
        await self._connection.execute(over)
        row = {"client_id": one.client_id, "number": one.number, "ends_at": one.ends_at}
        try:
            await self._connection.execute(insert(used_assertion), row)
        except IntegrityError as error:
            raise ClientCredentialsInvalid(INVALID) from error
