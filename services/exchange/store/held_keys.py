"""How the keys of peers' people are kept that this hub was given, and that it gave up."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.domain.receipt import Receipt
from services.exchange.store.people_tables import held_key


class HeldKeys:
    """Copies of peers' keys; one that was erased never comes back."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, origin: str, names: Collection[str]) -> Mapping[str, bytes | None]:
        """Return those of the named keys that are known here, None for those erased."""
        rows = await self._connection.execute(
            select(held_key.c.name, held_key.c.wrapped).where(
                held_key.c.origin == origin, held_key.c.name.in_(names)
            )
        )
        return {row.name: row.wrapped for row in rows}

    async def keep(self, origin: str, wrapped: Mapping[str, bytes], *, now: datetime) -> None:
        """Keep copies of an origin's keys, but none of a key that was erased meanwhile."""
        for name, octets in wrapped.items():
            await self._meet(origin, name, octets, now)

    async def erase(self, origin: str, name: str, *, now: datetime) -> tuple[bool, Receipt | None]:
        """Delete the copy of a key for good; say whether there was one, and what was signed for it
        before. The row is held until the transaction ends."""
        await self._meet(origin, name, None, now)
        here = (held_key.c.origin == origin) & (held_key.c.name == name)
        row = (await self._connection.execute(select(held_key).where(here).with_for_update())).one()
        if row.receipt is not None:
            return row.wrapped is not None, Receipt(row.receipt, row.receipt_signature)
        await self._connection.execute(update(held_key).where(here).values(wrapped=None))
        return row.wrapped is not None, None

    async def signed(self, origin: str, name: str, receipt: Receipt) -> None:
        """Keep what this hub signed for an erasure."""
        await self._connection.execute(
            update(held_key)
            .where(held_key.c.origin == origin, held_key.c.name == name)
            .values(receipt=receipt.body, receipt_signature=receipt.signature)
        )

    async def _meet(self, origin: str, name: str, wrapped: bytes | None, now: datetime) -> None:
        dialect = self._connection.dialect.name
        insert = postgres_insert if dialect == "postgresql" else sqlite_insert
        known = [held_key.c.origin, held_key.c.name]
        await self._connection.execute(
            insert(held_key).on_conflict_do_nothing(index_elements=known),
            {"origin": origin, "name": name, "wrapped": wrapped, "held_at": now},
        )
