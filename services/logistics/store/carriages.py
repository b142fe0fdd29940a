"""How carriers' bookings are kept, and which of their events were taken in already."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.logistics.domain.carriage import Carriage, CarriageState
from services.logistics.store.tables import carriage, carrier_event
from shared.kernel.errors import NotFound
from shared.kernel.money import Money

OPEN = (
    CarriageState.BOOKED.value,
    CarriageState.PICKUP_ASKED.value,
    CarriageState.UNDER_WAY.value,
)


class CarriageNotFound(NotFound):
    """No carrier is booked for this parcel."""

    code = "logistics.carriage-not-found"


class Carriages:
    """Carriers' bookings for parcels of this hub; a parcel has one that is not cancelled."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_parcel(self, parcel_id: str) -> Carriage | None:
        """Return the newest booking of a parcel that is not cancelled."""
        row = (
            await self._connection.execute(
                select(carriage)
                .where(
                    carriage.c.parcel_id == parcel_id,
                    carriage.c.state != CarriageState.CANCELLED.value,
                )
                .order_by(carriage.c.id.desc())
                .limit(1)
            )
        ).one_or_none()
        return None if row is None else _carriage(row)

    async def get(self, parcel_id: str) -> Carriage:
        """Return a parcel's booking, or raise CarriageNotFound."""
        found = await self.of_parcel(parcel_id)
        if found is None:
            raise CarriageNotFound(f"no carrier is booked for {parcel_id}")
        return found

    async def open(self, *, after: str, limit: int) -> list[Carriage]:
        """Return bookings whose carrier may still have something to say, by id."""
        rows = await self._connection.execute(
            select(carriage)
            .where(carriage.c.state.in_(OPEN), carriage.c.id > after)
            .order_by(carriage.c.id)
            .limit(limit)
        )
        return [_carriage(row) for row in rows]

    async def add(self, new: Carriage) -> None:
        await self._connection.execute(insert(carriage), _values(new))

    async def save(self, changed: Carriage) -> None:
        await self._connection.execute(
            update(carriage).where(carriage.c.id == changed.id).values(_values(changed))
        )

    async def events_taken(self, carriage_id: str) -> set[str]:
        """Return the carrier's ids of the events that were taken in."""
        rows = await self._connection.execute(
            select(carrier_event.c.event).where(carrier_event.c.carriage_id == carriage_id)
        )
        return {row.event for row in rows}

    async def take_events(self, carriage_id: str, events: Sequence[str]) -> None:
        if events:
            await self._connection.execute(
                insert(carrier_event),
                [{"carriage_id": carriage_id, "event": event} for event in events],
            )


def _values(new: Carriage) -> dict[str, Any]:
    return {
        "id": new.id,
        "parcel_id": new.parcel_id,
        "carrier": new.carrier,
        "service": new.service,
        "carrier_no": new.carrier_no,
        "reference": new.reference,
        "price_minor": new.price.minor,
        "price_currency": new.price.currency,
        "booked_at": new.booked_at,
        "state": new.state.value,
        "ready_at": new.ready_at,
        "pickup_at": new.pickup_at,
        "version": new.version,
    }


def _carriage(row: Row[*tuple[Any, ...]]) -> Carriage:
    return Carriage(
        id=row.id,
        parcel_id=row.parcel_id,
        carrier=row.carrier,
        service=row.service,
        carrier_no=row.carrier_no,
        reference=row.reference,
        price=Money(row.price_minor, row.price_currency),
        booked_at=row.booked_at,
        state=CarriageState(row.state),
        ready_at=row.ready_at,
        pickup_at=row.pickup_at,
        version=row.version,
    )
