"""A consolidation left: every order in it is shipped, and we know what will arrive together."""

from collections.abc import Sequence

from services.orders.domain.facts import Fact, FactKind
from services.orders.store.consolidations import Arrival, Passenger
from services.orders.store.tx import OrdersTx
from services.orders.usecases.record_facts import record_facts


async def record_departure(
    tx: OrdersTx,
    *,
    consolidation_id: str,
    passengers: Sequence[Passenger],
    departed: Sequence[Fact],
) -> None:
    """Record the departure once; an arrival that was heard first is recorded with it."""
    known = await tx.consolidations.hold(consolidation_id)
    if known.origin_hub is not None:
        return
    await tx.consolidations.depart(
        consolidation_id, origin_hub=departed[0].hub, passengers=passengers
    )
    facts = list(departed)
    if known.arrival is not None:
        facts += arrivals(consolidation_id, passengers, known.arrival)
    await record_facts(tx, facts)


async def record_arrival(tx: OrdersTx, *, consolidation_id: str, arrival: Arrival) -> None:
    """Record the arrival once, of those known to have departed; else when they are."""
    known = await tx.consolidations.hold(consolidation_id)
    if known.arrival is not None:
        return
    await tx.consolidations.arrive(consolidation_id, arrival)
    passengers = await tx.consolidations.passengers(consolidation_id)
    await record_facts(tx, arrivals(consolidation_id, passengers, arrival))


def arrivals(
    consolidation_id: str, passengers: Sequence[Passenger], arrival: Arrival
) -> list[Fact]:
    """Return what an arrival means for each parcel of the consolidation."""
    return [
        Fact(
            kind=FactKind.PARCEL_ARRIVED,
            order_id=passenger.order_id,
            hub=arrival.hub,
            event_id=arrival.event_id,
            occurred_at=arrival.arrived_at,
            logistics_no=passenger.logistics_no,
            detail={"consolidation_id": consolidation_id},
        )
        for passenger in passengers
    ]
