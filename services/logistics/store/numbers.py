"""How number series are kept: a counter per series, so that no number is given out twice."""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.logistics.store.rows import insert_missing
from services.logistics.store.tables import number_series


class NumberSeries:
    """Counters that only go up."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def next(self, name: str) -> int:
        """Return the next number of a series, from 1; others wait until this commits."""
        await insert_missing(self._connection, number_series, [{"name": name, "last": 0}])
        given = await self._connection.scalar(
            update(number_series)
            .where(number_series.c.name == name)
            .values(last=number_series.c.last + 1)
            .returning(number_series.c.last)
        )
        assert given is not None, "the series was made just above"
        return int(given)
