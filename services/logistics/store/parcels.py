"""How the parcels that this hub sends are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.logistics.domain.parcel import Handling, Parcel, PoolState, Temperature
from services.logistics.domain.tracking import TrackingState
from services.logistics.domain.weights import Dimensions
from services.logistics.store.handling_units import HandlingUnits
from services.logistics.store.rows import money_or_none
from services.logistics.store.tables import parcel
from shared.kernel.errors import Conflict, NotFound


class ParcelNotFound(NotFound):
    """This hub sends no such parcel, or it is not yours to see."""

    code = "logistics.parcel-not-found"


class OrderBookedAlready(Conflict):
    """A parcel of this order is booked already; one order travels under one number."""

    code = "logistics.order-booked-already"
    help = "Cancel the parcel first, or book one parcel with several packages."


class NumberTaken(Conflict):
    """Another parcel has this house waybill number."""

    code = "logistics.number-taken"


class Parcels:
    """Parcels booked at this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, parcel_id: str, *, lock: bool = False) -> Parcel:
        """Return a parcel, locked for changing it if asked to; raises ParcelNotFound."""
        query = select(parcel).where(parcel.c.id == parcel_id)
        row = (
            await self._connection.execute(query.with_for_update() if lock else query)
        ).one_or_none()
        if row is None:
            raise ParcelNotFound(f"no parcel {parcel_id}")
        return _parcel(row)

    async def named(self, parcel_ids: Sequence[str]) -> dict[str, Parcel]:
        """Return those of these parcels that exist, by id, locked for changing them."""
        rows = await self._connection.execute(
            select(parcel)
            .where(parcel.c.id.in_(parcel_ids))
            .order_by(parcel.c.id)
            .with_for_update()
        )
        return {row.id: _parcel(row) for row in rows}

    async def numbered(self, logistics_no: str) -> Parcel | None:
        row = (
            await self._connection.execute(
                select(parcel).where(parcel.c.logistics_no == logistics_no)
            )
        ).one_or_none()
        return None if row is None else _parcel(row)

    async def of_order(self, order_id: str) -> Parcel | None:
        """Return the parcel of an order that is not cancelled, if there is one."""
        row = (
            await self._connection.execute(
                select(parcel).where(
                    parcel.c.order_id == order_id,
                    parcel.c.state != TrackingState.CANCELLED.value,
                )
            )
        ).one_or_none()
        return None if row is None else _parcel(row)

    async def aboard(self, consolidation_id: str, *, lock: bool = False) -> list[Parcel]:
        """Return the parcels of a consolidation, in the order of their booking."""
        query = (
            select(parcel)
            .where(parcel.c.consolidation_id == consolidation_id)
            .order_by(parcel.c.id)
        )
        rows = await self._connection.execute(query.with_for_update() if lock else query)
        return [_parcel(row) for row in rows]

    async def free_for(self, destination_hub: str, *, limit: int) -> list[Parcel]:
        """Return parcels that may join a consolidation to a hub, the earliest booked first."""
        rows = await self._connection.execute(
            select(parcel)
            .where(
                parcel.c.destination_hub == destination_hub,
                parcel.c.state.in_([TrackingState.PENDING.value, TrackingState.PICKED_UP.value]),
                or_(
                    parcel.c.pool.is_(None),
                    parcel.c.pool.in_([PoolState.SHORT_SHIPPED.value, PoolState.SPLIT_OUT.value]),
                ),
            )
            .order_by(parcel.c.id)
            .limit(limit)
        )
        return [_parcel(row) for row in rows]

    async def count_aboard(self, consolidation_id: str) -> int:
        return int(
            await self._connection.scalar(
                select(func.count())
                .select_from(parcel)
                .where(parcel.c.consolidation_id == consolidation_id)
            )
            or 0
        )

    async def add(self, new: Parcel, *, booked_at: datetime) -> None:
        """Keep a new parcel, or raise OrderBookedAlready or NumberTaken."""
        values = {**_values(new), "booked_at": booked_at}
        try:
            await self._connection.execute(insert(parcel), values)
        except IntegrityError as error:
            # SQLite names the column that clashed, PostgreSQL the index.
            if "order" in str(error.orig):
                raise OrderBookedAlready(f"order {new.order_no} has a parcel") from error
            raise NumberTaken(
                f"{new.logistics_no} is another parcel's", field="logistics_no"
            ) from error

    async def save(self, changed: Parcel) -> None:
        await self.save_all([changed])

    async def save_all(self, changed: Sequence[Parcel]) -> None:
        """Keep what may change of parcels: state, place and version.

        Who leaves a consolidation leaves its box there too.
        """
        if not changed:
            return
        gone = [one.id for one in changed if one.consolidation_id is None]
        await HandlingUnits(self._connection).unbox(gone)
        query = (
            update(parcel)
            .where(parcel.c.id == bindparam("of_id"))
            .values(
                state=bindparam("of_state"),
                pool=bindparam("of_pool"),
                consolidation_id=bindparam("of_consolidation"),
                version=bindparam("of_version"),
            )
        )
        await self._connection.execute(
            query,
            [
                {
                    "of_id": one.id,
                    "of_state": one.state.value,
                    "of_pool": one.pool.value if one.pool else None,
                    "of_consolidation": one.consolidation_id,
                    "of_version": one.version,
                }
                for one in changed
            ],
        )

    async def page(self, *, member_id: str | None, after: str, limit: int) -> list[Parcel]:
        """Return parcels by id, those after `after`; of one member unless that is None."""
        query = select(parcel).where(parcel.c.id > after)
        if member_id is not None:
            query = query.where(
                or_(parcel.c.seller_id == member_id, parcel.c.marketplace_id == member_id)
            )
        rows = await self._connection.execute(query.order_by(parcel.c.id).limit(limit))
        return [_parcel(row) for row in rows]


def _values(new: Parcel) -> dict[str, Any]:
    return {
        "id": new.id,
        "logistics_no": new.logistics_no,
        "order_id": new.order_id,
        "order_no": new.order_no,
        "seller_id": new.seller_id,
        "marketplace_id": new.marketplace_id,
        "destination_hub": new.destination_hub,
        "gross_g": new.gross_g,
        "length_mm": new.size.length_mm,
        "width_mm": new.size.width_mm,
        "height_mm": new.size.height_mm,
        "packages": new.packages,
        "temperature": new.handling.temperature.value,
        "bonded": new.handling.bonded,
        "dangerous_class": new.handling.dangerous_class,
        "state": new.state.value,
        "pool": new.pool.value if new.pool else None,
        "consolidation_id": new.consolidation_id,
        "insured_minor": new.insured.minor if new.insured else None,
        "insured_currency": new.insured.currency if new.insured else None,
        "due_at": new.due_at,
        "version": new.version,
    }


def _parcel(row: Row[*tuple[Any, ...]]) -> Parcel:
    return Parcel(
        id=row.id,
        logistics_no=row.logistics_no,
        order_id=row.order_id,
        order_no=row.order_no,
        seller_id=row.seller_id,
        marketplace_id=row.marketplace_id,
        destination_hub=row.destination_hub,
        gross_g=row.gross_g,
        size=Dimensions(length_mm=row.length_mm, width_mm=row.width_mm, height_mm=row.height_mm),
        packages=row.packages,
        handling=Handling(
            temperature=Temperature(row.temperature),
            bonded=row.bonded,
            dangerous_class=row.dangerous_class,
        ),
        state=TrackingState(row.state),
        pool=PoolState(row.pool) if row.pool else None,
        consolidation_id=row.consolidation_id,
        insured=money_or_none(row.insured_minor, row.insured_currency),
        due_at=row.due_at,
        version=row.version,
    )
