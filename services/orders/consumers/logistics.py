"""What logistics tells: parcels booked, pooled, moved and delivered."""

from services.orders.consumers.heard import heard
from services.orders.domain.facts import FactKind
from services.orders.store.consolidations import Arrival, Passenger
from services.orders.store.tx import OrdersTx
from services.orders.usecases.record_departure import record_arrival, record_departure
from services.orders.usecases.record_facts import record_facts
from shared.contracts.logistics.events import (
    ConsolidationArrived,
    ConsolidationDeparted,
    ConsolidationSealed,
    ParcelBooked,
    ParcelCancelled,
    ParcelDelivered,
    ParcelTracked,
)
from shared.messaging.consumer import on


async def on_parcel_booked(event: ParcelBooked, tx: OrdersTx) -> None:
    fact = heard(tx, FactKind.PARCEL_BOOKED, event.order_id, logistics_no=event.logistics_no)
    await record_facts(tx, [fact])


async def on_parcel_cancelled(event: ParcelCancelled, tx: OrdersTx) -> None:
    fact = heard(
        tx,
        FactKind.PARCEL_CANCELLED,
        event.order_id,
        logistics_no=event.logistics_no,
        reason=event.reason,
    )
    await record_facts(tx, [fact])


async def on_consolidation_sealed(event: ConsolidationSealed, tx: OrdersTx) -> None:
    facts = [
        heard(
            tx,
            FactKind.PARCEL_SEALED,
            parcel.order_id,
            logistics_no=parcel.logistics_no,
            consolidation_id=event.consolidation_id,
            master_waybill=event.master_waybill,
        )
        for parcel in event.parcels
    ]
    await record_facts(tx, facts)


async def on_consolidation_departed(event: ConsolidationDeparted, tx: OrdersTx) -> None:
    departed = [
        heard(
            tx,
            FactKind.PARCEL_DEPARTED,
            parcel.order_id,
            logistics_no=parcel.logistics_no,
            occurred_at=event.departed_at,
            consolidation_id=event.consolidation_id,
            master_waybill=event.master_waybill,
            origin=event.origin,
            destination=event.destination,
        )
        for parcel in event.parcels
    ]
    passengers = [
        Passenger(logistics_no=parcel.logistics_no, order_id=parcel.order_id)
        for parcel in event.parcels
    ]
    await record_departure(
        tx, consolidation_id=event.consolidation_id, passengers=passengers, departed=departed
    )


async def on_consolidation_arrived(event: ConsolidationArrived, tx: OrdersTx) -> None:
    cause = tx.cause
    assert cause is not None, "an arrival is heard from an event"
    arrival = Arrival(event_id=cause.id, hub=cause.hub, arrived_at=event.arrived_at)
    await record_arrival(tx, consolidation_id=event.consolidation_id, arrival=arrival)


async def on_parcel_tracked(event: ParcelTracked, tx: OrdersTx) -> None:
    fact = heard(
        tx,
        FactKind.PARCEL_TRACKED,
        event.order_id,
        logistics_no=event.logistics_no,
        occurred_at=event.happened_at,
        state=event.state,
    )
    await record_facts(tx, [fact])


async def on_parcel_delivered(event: ParcelDelivered, tx: OrdersTx) -> None:
    fact = heard(
        tx,
        FactKind.PARCEL_DELIVERED,
        event.order_id,
        logistics_no=event.logistics_no,
        occurred_at=event.delivered_at,
        proof_sha256=event.proof_sha256,
    )
    await record_facts(tx, [fact])


SUBSCRIPTIONS = [
    on(ParcelBooked, on_parcel_booked, source="both"),
    on(ParcelCancelled, on_parcel_cancelled, source="both"),
    on(ConsolidationSealed, on_consolidation_sealed),
    on(ConsolidationDeparted, on_consolidation_departed, source="both"),
    on(ConsolidationArrived, on_consolidation_arrived, source="both"),
    on(ParcelTracked, on_parcel_tracked, source="both"),
    on(ParcelDelivered, on_parcel_delivered, source="both"),
]
