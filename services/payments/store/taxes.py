"""Tax bills by order and by period, and returns that wait for both of their words."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.domain.tax_bill import TaxBill
from services.payments.store.bulk import OnConflict, insert_rows
from services.payments.store.rows import AnyRow, tax_bill_of
from services.payments.store.tables import return_claim, tax_bill

BILLS_PER_RETURN_MAX = 100_000


@dataclass(frozen=True, kw_only=True)
class ReturnClaim:
    """What is known of one return: what came back is worth, and what customs says to it."""

    id: str
    order_id: str
    logistics_no: str
    goods_minor: int = 0
    received_at: datetime | None = None
    customs_word: str = ""
    tax_minor: int = 0
    settled_at: datetime | None = None
    lines: tuple[tuple[int, int], ...] = ()
    """How many pieces of which line come back."""


class Taxes:
    """Tax bills and returns of this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def bill_of(self, order_id: str, logistics_no: str) -> TaxBill | None:
        query = select(tax_bill).where(
            tax_bill.c.order_id == order_id, tax_bill.c.logistics_no == logistics_no
        )
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else tax_bill_of(row)

    async def bills(self, *, authority: str, period: str) -> Sequence[TaxBill]:
        """Return every bill of an authority's period, the oldest first."""
        query = (
            select(tax_bill)
            .where(tax_bill.c.authority == authority, tax_bill.c.period == period)
            .order_by(tax_bill.c.booked_at, tax_bill.c.id)
            .limit(BILLS_PER_RETURN_MAX)
        )
        return [tax_bill_of(row) for row in await self._connection.execute(query)]

    async def note_return(
        self, return_id: str, *, order_id: str, logistics_no: str, **facts: Any
    ) -> ReturnClaim:
        """Add facts to what is known of a return, and return all of it."""
        claim = ReturnClaim(id=return_id, order_id=order_id, logistics_no=logistics_no, **facts)
        await insert_rows(
            self._connection,
            return_claim,
            [vars(claim) | {"lines": json.dumps(claim.lines)}],
            on_conflict=OnConflict.REPLACE,
            replaced=facts,
        )
        query = select(return_claim).where(return_claim.c.id == return_id)
        return _claim_of((await self._connection.execute(query)).one())

    async def settle_return(self, return_id: str, *, now: datetime) -> None:
        """Mark that nothing more is due on a return."""
        await self._connection.execute(
            update(return_claim).where(return_claim.c.id == return_id).values(settled_at=now)
        )

    async def returns_without_customs(
        self, *, until: datetime, limit: int
    ) -> Sequence[ReturnClaim]:
        """Return claims received until then on which customs has said nothing."""
        query = (
            select(return_claim)
            .where(
                return_claim.c.settled_at.is_(None),
                return_claim.c.received_at <= until,
                return_claim.c.customs_word == "",
            )
            .order_by(return_claim.c.received_at, return_claim.c.id)
            .limit(limit)
        )
        return [_claim_of(row) for row in await self._connection.execute(query)]


def _claim_of(row: AnyRow) -> ReturnClaim:
    lines = tuple((no, quantity) for no, quantity in json.loads(row.lines))
    return ReturnClaim(**{**row._mapping, "lines": lines})
