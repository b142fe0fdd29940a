"""How consolidations are kept: who departed together, and an arrival that came before the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.orders.store.tables import consolidation, consolidation_parcel

_START = text("INSERT INTO consolidation (id) VALUES (:id) ON CONFLICT DO NOTHING")


@dataclass(frozen=True, kw_only=True)
class Passenger:
    """A parcel of a consolidation and the order it belongs to."""

    logistics_no: str
    order_id: str


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """The destination hub took the consolidation in."""

    event_id: str
    hub: str
    arrived_at: datetime


@dataclass(frozen=True, kw_only=True)
class Consolidation:
    """What is known of one: blank until heard."""

    origin_hub: str | None
    arrival: Arrival | None


class Consolidations:
    """What travels together."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def hold(self, consolidation_id: str) -> Consolidation:
        """Hold a consolidation, known or not, until the transaction ends."""
        await self._connection.execute(_START, {"id": consolidation_id})
        row = (
            await self._connection.execute(
                select(consolidation)
                .where(consolidation.c.id == consolidation_id)
                .with_for_update()
            )
        ).one()
        arrival = None
        if row.arrival_event_id is not None:
            arrival = Arrival(
                event_id=row.arrival_event_id, hub=row.arrival_hub, arrived_at=row.arrived_at
            )
        return Consolidation(origin_hub=row.origin_hub, arrival=arrival)

    async def depart(
        self, consolidation_id: str, *, origin_hub: str, passengers: Sequence[Passenger]
    ) -> None:
        """Keep who departed together."""
        await self._connection.execute(
            update(consolidation)
            .where(consolidation.c.id == consolidation_id)
            .values(origin_hub=origin_hub)
        )
        rows = [
            {
                "consolidation_id": consolidation_id,
                "logistics_no": passenger.logistics_no,
                "order_id": passenger.order_id,
            }
            for passenger in passengers
        ]
        await self._connection.execute(insert(consolidation_parcel), rows)

    async def arrive(self, consolidation_id: str, arrival: Arrival) -> None:
        """Keep that it arrived."""
        await self._connection.execute(
            update(consolidation)
            .where(consolidation.c.id == consolidation_id)
            .values(
                arrival_event_id=arrival.event_id,
                arrival_hub=arrival.hub,
                arrived_at=arrival.arrived_at,
            )
        )

    async def passengers(self, consolidation_id: str) -> list[Passenger]:
        """Return who departed together, none before the departure was heard."""
        rows = await self._connection.execute(
            select(consolidation_parcel)
            .where(consolidation_parcel.c.consolidation_id == consolidation_id)
            .order_by(consolidation_parcel.c.logistics_no)
        )
        return [Passenger(logistics_no=row.logistics_no, order_id=row.order_id) for row in rows]
