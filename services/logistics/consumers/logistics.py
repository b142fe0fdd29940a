"""What logistics of peers says: of what they send here, and of what was sent there."""

from services.logistics.consumers.speaker import check_owner, speaker
from services.logistics.domain.inbound import InboundConsolidation, InboundParcel
from services.logistics.domain.tracking import TrackingOutOfOrder, TrackingState
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.announce_parcel import (
    announce_parcel,
    call_off_parcel,
    lose_before_departure,
)
from services.logistics.usecases.expect_consolidation import expect_consolidation
from services.logistics.usecases.follow_consolidation import follow_arrival, follow_closing
from services.logistics.usecases.follow_parcel import follow_parcel
from shared.contracts.logistics.events import (
    ConsolidationArrived,
    ConsolidationClosed,
    ConsolidationDeparted,
    ParcelBooked,
    ParcelCancelled,
    ParcelDelivered,
    ParcelLost,
    ParcelTracked,
)
from shared.kernel.ids import parse_id
from shared.messaging.consumer import on


async def on_parcel_booked(event: ParcelBooked, tx: LogisticsTx) -> None:
    said_by = check_owner(tx, event.parcel_id)
    if event.destination_hub != tx.hub:
        return
    blank = InboundParcel(
        logistics_no=event.logistics_no, order_id=event.order_id, order_no=event.order_no
    )
    await announce_parcel(
        tx,
        blank=blank,
        parcel_id=event.parcel_id,
        said_by=said_by,
        insured=event.insured.money() if event.insured else None,
    )


async def on_parcel_cancelled(event: ParcelCancelled, tx: LogisticsTx) -> None:
    """Its booking came before: one key, one order. What it does not say, the row knows."""
    said_by = check_owner(tx, event.parcel_id)
    blank = InboundParcel(logistics_no=event.logistics_no, order_id=event.order_id, order_no="")
    await call_off_parcel(tx, blank=blank, said_by=said_by)


async def on_consolidation_departed(event: ConsolidationDeparted, tx: LogisticsTx) -> None:
    said_by = check_owner(
        tx, event.consolidation_id, *(parcel.parcel_id for parcel in event.parcels)
    )
    unit = InboundConsolidation(
        id=event.consolidation_id,
        origin_hub=said_by,
        master_waybill=event.master_waybill,
        unit_no=event.unit_no,
        seals=event.seals,
        origin=event.origin,
        destination=event.destination,
        departed_at=event.departed_at,
    )
    parcels = {
        parcel.parcel_id: InboundParcel(
            logistics_no=parcel.logistics_no,
            order_id=parcel.order_id,
            order_no=parcel.order_no,
            insured=parcel.insured.money() if parcel.insured else None,
        )
        for parcel in event.parcels
    }
    await expect_consolidation(tx, consolidation=unit, parcels=parcels)


async def on_consolidation_arrived(event: ConsolidationArrived, tx: LogisticsTx) -> None:
    await follow_arrival(
        tx,
        consolidation_id=event.consolidation_id,
        arrived_at=event.arrived_at,
        said_by=speaker(tx),
    )


async def on_consolidation_closed(event: ConsolidationClosed, tx: LogisticsTx) -> None:
    await follow_closing(
        tx,
        consolidation_id=event.consolidation_id,
        closed_at=event.closed_at,
        said_by=speaker(tx),
    )


async def on_parcel_tracked(event: ParcelTracked, tx: LogisticsTx) -> None:
    await follow_parcel(
        tx,
        parcel_id=event.parcel_id,
        state=_state(event.state),
        happened_at=event.happened_at,
        reason=event.reason,
        said_by=speaker(tx),
    )


async def on_parcel_lost(event: ParcelLost, tx: LogisticsTx) -> None:
    """A parcel that never left its sender is gone; of one that did, its destination says so."""
    if parse_id(event.order_id).hub != tx.hub or event.parcel_id is None:
        return
    said_by = check_owner(tx, event.parcel_id)
    blank = InboundParcel(
        logistics_no=event.logistics_no, order_id=event.order_id, order_no=event.order_no
    )
    await lose_before_departure(tx, blank=blank, parcel_id=event.parcel_id, said_by=said_by)


async def on_parcel_delivered(event: ParcelDelivered, tx: LogisticsTx) -> None:
    await follow_parcel(
        tx,
        parcel_id=event.parcel_id,
        state=TrackingState.DELIVERED,
        happened_at=event.delivered_at,
        said_by=speaker(tx),
    )


def _state(name: str) -> TrackingState:
    """A peer one version newer may know more states; such a record waits in quarantine."""
    try:
        return TrackingState(name)
    except ValueError as error:
        raise TrackingOutOfOrder(f"no state {name!r} is known here", field="state") from error


SUBSCRIPTIONS = [
    on(ParcelBooked, on_parcel_booked, source="peers"),
    on(ParcelCancelled, on_parcel_cancelled, source="peers"),
    on(ConsolidationDeparted, on_consolidation_departed, source="peers"),
    on(ConsolidationArrived, on_consolidation_arrived, source="peers"),
    on(ConsolidationClosed, on_consolidation_closed, source="peers"),
    on(ParcelTracked, on_parcel_tracked, source="peers"),
    on(ParcelLost, on_parcel_lost, source="peers"),
    on(ParcelDelivered, on_parcel_delivered, source="peers"),
]
