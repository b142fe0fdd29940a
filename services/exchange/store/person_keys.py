"""How this hub keeps the keys of its people, one for each person and peer."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.domain.peer import Peer
from services.exchange.domain.receipt import Receipt
from services.exchange.domain.sealing import PersonKey
from services.exchange.store.people_tables import person, person_key

AT_ONCE_MAX = 50


class Erasure(NamedTuple):
    """What became of one person's data at one peer; without a receipt it may still read them."""

    name: str
    person: str
    peer: str
    erased_at: datetime
    receipt: Receipt | None
    receipt_leaf: int | None = None
    """Where the receipt stands in the evidence log."""


class PersonKeys:
    """Keys that this hub made. Whoever changes a person's holds that person's row."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def for_sealing(self, of: str, peer: Peer, *, now: datetime) -> PersonKey:
        """Return a person's key with a peer, made if there is none.

        For somebody who was erased it is one that nobody keeps: the record crosses, unreadable.
        """
        if await self._lock(of) is not None:
            return PersonKey.new()
        query = select(person_key).where(person_key.c.person == of, person_key.c.peer == peer.hub)
        row = (await self._connection.execute(query)).one_or_none()
        if row is not None:
            return PersonKey.unwrapped(row.name, row.wrapped, pair_key=peer.pair_key)
        made = PersonKey.new()
        values = {
            "name": made.name,
            "person": of,
            "peer": peer.hub,
            "wrapped": made.wrapped(pair_key=peer.pair_key),
            "made_at": now,
        }
        await self._connection.execute(person_key.insert(), values)
        return made

    async def erase(self, of: str, *, now: datetime) -> bool:
        """Delete every key of a person, for good; say whether that is new."""
        if await self._lock(of) is not None:
            return False
        await self._connection.execute(
            update(person).where(person.c.id == of).values(erased_at=now)
        )
        await self._connection.execute(
            update(person_key).where(person_key.c.person == of).values(wrapped=None, erased_at=now)
        )
        return True

    async def of_peer(self, peer: str, names: Collection[str]) -> Mapping[str, bytes | None]:
        """Return those of the named keys that are for a peer, None for those erased."""
        rows = await self._connection.execute(
            select(person_key.c.name, person_key.c.wrapped).where(
                person_key.c.peer == peer, person_key.c.name.in_(names)
            )
        )
        return {row.name: row.wrapped for row in rows}

    async def untold(self, peer: str) -> Sequence[Erasure]:
        """Return what a peer has not signed for, oldest first."""
        rows = await self._connection.execute(
            select(person_key)
            .where(
                person_key.c.peer == peer,
                person_key.c.erased_at.is_not(None),
                person_key.c.receipt.is_(None),
            )
            .order_by(person_key.c.erased_at, person_key.c.name)
            .limit(AT_ONCE_MAX)
        )
        return [Erasure(r.name, r.person, r.peer, r.erased_at, None) for r in rows]

    async def untold_since(self) -> Mapping[str, datetime]:
        """Return for each peer since when its oldest unsigned erasure waits."""
        rows = await self._connection.execute(
            select(person_key.c.peer, func.min(person_key.c.erased_at).label("since"))
            .where(person_key.c.erased_at.is_not(None), person_key.c.receipt.is_(None))
            .group_by(person_key.c.peer)
        )
        return {row.peer: row.since for row in rows}

    async def signed_for(self, name: str, receipt: Receipt) -> None:
        """Keep a peer's first receipt for an erasure."""
        await self._connection.execute(
            update(person_key)
            .where(person_key.c.name == name, person_key.c.receipt.is_(None))
            .values(receipt=receipt.body, receipt_signature=receipt.signature)
        )

    async def erased_at(self, of: str) -> datetime | None:
        """Return when a person was erased."""
        at: datetime | None = await self._connection.scalar(
            select(person.c.erased_at).where(person.c.id == of)
        )
        return at

    async def erasures(self, of: str) -> Sequence[Erasure]:
        """Return what became of a person's data at each peer that could read them."""
        rows = await self._connection.execute(
            select(person_key)
            .where(person_key.c.person == of, person_key.c.erased_at.is_not(None))
            .order_by(person_key.c.peer)
        )
        return [
            Erasure(
                r.name,
                r.person,
                r.peer,
                r.erased_at,
                None if r.receipt is None else Receipt(r.receipt, r.receipt_signature),
                r.receipt_leaf,
            )
            for r in rows
        ]

    async def _lock(self, of: str) -> datetime | None:
        """Hold a person until the transaction ends, made known if it is not; return when it was
        erased."""
        dialect = self._connection.dialect.name
        insert = postgres_insert if dialect == "postgresql" else sqlite_insert
        await self._connection.execute(
            insert(person).on_conflict_do_nothing(index_elements=[person.c.id]), {"id": of}
        )
        at: datetime | None = await self._connection.scalar(
            select(person.c.erased_at).where(person.c.id == of).with_for_update()
        )
        return at
