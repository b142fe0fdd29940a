"""Exported parcels, and what peer hubs settled for their orders."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.domain.repatriation import ExportedParcel, Homecoming
from services.payments.domain.window import WindowState
from services.payments.store.bulk import OnConflict, insert_rows
from services.payments.store.finance_tables import exported_parcel, obligation, settlement_window


class Exports:
    """What left this hub, and the money that came home for it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, rows: Sequence[dict[str, Any]]) -> None:
        """Keep parcels that left; one that is known stays as it is."""
        await insert_rows(self._connection, exported_parcel, rows, on_conflict=OnConflict.KEEP)

    async def parcels(self, order_id: str) -> Sequence[ExportedParcel]:
        query = (
            select(exported_parcel)
            .where(exported_parcel.c.order_id == order_id)
            .order_by(exported_parcel.c.exported_at, exported_parcel.c.parcel_id)
        )
        rows = await self._connection.execute(query)
        return [ExportedParcel(**row._mapping) for row in rows]

    async def received(self, order_id: str, *, creditor: str) -> Sequence[Homecoming]:
        """Return what settled windows brought for an order, each with its signed sheet."""
        kept = settlement_window.c
        columns = (
            kept.id.label("window_id"),
            kept.debtor,
            kept.currency,
            kept.settled_at,
            kept.ours_sha256.label("sheet_sha256"),
            kept.ours_signature.label("our_signature"),
            kept.theirs_signature.label("their_signature"),
        )
        query = (
            select(*columns, func.sum(obligation.c.amount_minor).label("amount_minor"))
            .join(settlement_window, _settled_in(creditor))
            .where(obligation.c.order_id == order_id)
            .group_by(*columns)
            .order_by(kept.settled_at, kept.id)
        )
        rows = await self._connection.execute(query)
        return [
            Homecoming(**{**row._mapping, "amount_minor": int(row.amount_minor)}) for row in rows
        ]

    async def owed(self, order_id: str, *, creditor: str) -> int:
        """Return what peers owe for an order in windows that are not settled, in minor units."""
        owed = select(func.sum(obligation.c.amount_minor)).where(
            obligation.c.order_id == order_id,
            obligation.c.creditor == creditor,
            ~exists().where(_settled_in(creditor)).correlate(obligation),
        )
        return int(await self._connection.scalar(owed) or 0)

    async def awaited(self, *, until: date, creditor: str, limit: int) -> Sequence[str]:
        """Return orders of which nothing is home and must be by a day, the first due first."""
        first = func.min(exported_parcel.c.home_by)
        came = (
            exists()
            .where(obligation.c.order_id == exported_parcel.c.order_id)
            .where(_settled_in(creditor))
        )
        query = (
            select(exported_parcel.c.order_id)
            .where(exported_parcel.c.home_by <= until, ~came)
            .group_by(exported_parcel.c.order_id)
            .order_by(first, exported_parcel.c.order_id)
            .limit(limit)
        )
        return list(await self._connection.scalars(query))


def _settled_in(creditor: str) -> ColumnElement[bool]:
    """Say that an obligation lies in a settled window that pays this hub."""
    kept = settlement_window.c
    return and_(
        obligation.c.debtor == kept.debtor,
        obligation.c.creditor == kept.creditor,
        obligation.c.currency == kept.currency,
        obligation.c.no > kept.after_no,
        obligation.c.no <= kept.until_no,
        kept.state == WindowState.SETTLED.value,
        kept.creditor == creditor,
    )
