"""Contracts between this hub and its peers, and the steps that a peer has yet to be told of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.domain.contract import Contract, ContractState, Party, Step, Terms
from services.exchange.store.tables import contract, negotiation, untold_step

AT_ONCE_MAX = 50


@dataclass(frozen=True, slots=True)
class UntoldStep:
    """A step taken here that the peer has not confirmed."""

    id: int
    peer: str
    contract_id: str
    step: Step
    reason: str | None
    signature: bytes | None
    body: bytes | None


class Negotiations:
    """Every contract, and what follows from those in force."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, contract_id: str) -> Contract | None:
        """Return one contract; the row is locked until the transaction ends."""
        rows = await self._connection.execute(
            select(negotiation).where(negotiation.c.id == contract_id).with_for_update()
        )
        row = rows.one_or_none()
        return None if row is None else _contract(row)

    async def page(self, *, after: str | None, limit: int) -> Sequence[Contract]:
        """Return contracts in the order of their ids."""
        query = select(negotiation).order_by(negotiation.c.id).limit(limit)
        if after is not None:
            query = query.where(negotiation.c.id > after)
        return [_contract(row) for row in await self._connection.execute(query)]

    async def overdue(self, now: datetime) -> Sequence[Contract]:
        """Return what its deadline ends."""
        rows = await self._connection.execute(
            select(negotiation)
            .where(negotiation.c.deadline <= now, negotiation.c.state != ContractState.TERMINATED)
            .limit(AT_ONCE_MAX)
        )
        return [_contract(row) for row in rows]

    async def in_force(self) -> Sequence[Contract]:
        """Return what is final, suspended or not."""
        rows = await self._connection.execute(
            select(negotiation)
            .where(negotiation.c.state.in_([ContractState.FINALISED, ContractState.SUSPENDED]))
            .order_by(negotiation.c.id)
        )
        return [_contract(row) for row in rows]

    async def add(self, new: Contract) -> None:
        """Keep a contract that begins."""
        await self._connection.execute(insert(negotiation), {"id": new.id, **_values(new)})

    async def keep(self, changed: Contract, *, signature: bytes | None, by: Party) -> None:
        """Keep a contract that moved, the signature that moved it, and what is now in force."""
        values = _values(changed)
        if signature is not None:
            values[f"{by}_signature"] = signature
        await self._connection.execute(
            update(negotiation).where(negotiation.c.id == changed.id).values(values)
        )
        if changed.party is Party.ORIGIN:
            await self._share(changed)

    async def tell(self, told: Contract, step: Step, *, signature: bytes | None) -> None:
        """Remember to tell the peer of a step."""
        await self._connection.execute(
            insert(untold_step),
            {
                "peer": told.peer,
                "contract_id": told.id,
                "step": step.value,
                "reason": told.reason,
                "signature": signature,
                "body": told.body if step is Step.OFFER else None,
            },
        )

    async def untold(self, peer: str) -> Sequence[UntoldStep]:
        """Return what a peer is to be told, in order."""
        rows = await self._connection.execute(
            select(untold_step)
            .where(untold_step.c.peer == peer)
            .order_by(untold_step.c.id)
            .limit(AT_ONCE_MAX)
        )
        return [
            UntoldStep(
                row.id,
                row.peer,
                row.contract_id,
                Step(row.step),
                row.reason,
                None if row.signature is None else bytes(row.signature),
                None if row.body is None else bytes(row.body),
            )
            for row in rows
        ]

    async def told(self, step: UntoldStep) -> None:
        """Forget a step that the peer has confirmed, or can't be told."""
        await self._connection.execute(delete(untold_step).where(untold_step.c.id == step.id))

    async def taken_from(self, origin: str) -> Mapping[str, tuple[str, ...] | None]:
        """Return what a peer may send here: type to allow-list.

        What is suspended is taken too: records that are on their way were sent while it held.
        """
        rows = await self._connection.execute(
            select(negotiation.c.body)
            .where(
                negotiation.c.peer == origin,
                negotiation.c.party == Party.DEST,
                negotiation.c.state.in_([ContractState.FINALISED, ContractState.SUSPENDED]),
            )
            .order_by(negotiation.c.id)
        )
        return _merged([row.body for row in rows])

    async def _share(self, changed: Contract) -> None:
        """Make what the peer gets follow from its contracts in force: the newest names a type."""
        rows = await self._connection.execute(
            select(negotiation.c.body)
            .where(
                negotiation.c.peer == changed.peer,
                negotiation.c.party == Party.ORIGIN,
                negotiation.c.state == ContractState.FINALISED,
            )
            .order_by(negotiation.c.id)
        )
        bodies = [row.body for row in rows]
        shared = _merged(bodies)
        purposes = _purposes(bodies)
        await self._connection.execute(delete(contract).where(contract.c.peer == changed.peer))
        if shared:
            await self._connection.execute(
                insert(contract),
                [
                    {
                        "peer": changed.peer,
                        "event_type": name,
                        "fields": fields and list(fields),
                        "purpose": purposes[name],
                    }
                    for name, fields in shared.items()
                ],
            )


def _merged(bodies: Sequence[bytes]) -> Mapping[str, tuple[str, ...] | None]:
    """Return what several contracts agree on together; the newest that names a type decides."""
    merged: dict[str, tuple[str, ...] | None] = {}
    for body in bodies:
        merged.update(msgspec.json.decode(body, type=Terms).fields())
    return merged


def _purposes(bodies: Sequence[bytes]) -> Mapping[str, str]:
    """Return what each type crosses for: the newest contract that names it says."""
    terms = [msgspec.json.decode(body, type=Terms) for body in bodies]
    return {shared.type: each.purpose for each in terms for shared in each.types}


def _values(of: Contract) -> dict[str, object]:
    return {
        "party": of.party.value,
        "peer": of.peer,
        "body": of.body,
        "state": of.state.value,
        "since": of.since,
        "deadline": of.deadline,
        "suspended_by": of.suspended_by,
        "reason": of.reason,
    }


def _contract(row: Row[tuple[object, ...]]) -> Contract:
    body = bytes(row.body)
    return Contract(
        id=row.id,
        party=Party(row.party),
        peer=row.peer,
        body=body,
        terms=msgspec.json.decode(body, type=Terms),
        state=ContractState(row.state),
        since=row.since,
        deadline=row.deadline,
        suspended_by=row.suspended_by and Party(row.suspended_by),
        reason=row.reason,
    )
