"""What logistics tell customs at both ends: bookings, waybills, sealed units, moves, delivery."""

from services.customs.consumers.translate import (
    booking_of,
    departure_of,
    manifest_of,
    waybill_of,
)
from services.customs.domain.documents import Delivery, Withdrawal
from services.customs.domain.export import SealedParcel, Unit
from services.customs.store.documents import Filed
from services.customs.store.tx import CustomsTx
from services.customs.usecases.assemble_rebate import note_departure
from services.customs.usecases.check_manifest import hear_manifest
from services.customs.usecases.decide_export import record_departure
from services.customs.usecases.draw_up_export import draw_up_export
from services.customs.usecases.gather_dossiers import file_documents
from shared.contracts.logistics.events import (
    ConsolidationDeparted,
    ConsolidationManifested,
    ConsolidationSealed,
    ParcelBooked,
    ParcelCancelled,
    ParcelDelivered,
    WaybillRecorded,
)
from shared.kernel.errors import Rejected
from shared.kernel.ids import parse_id
from shared.messaging.consumer import on


class ManifestForeign(Rejected):
    """A hub tells what left in its own units only."""

    code = "customs.manifest-foreign"


async def on_parcel_booked(event: ParcelBooked, tx: CustomsTx) -> None:
    """A peer booked a parcel to us: from here on it has a declaration."""
    if event.destination_hub != tx.hub:
        return
    filed = Filed(
        document=booking_of(event),
        key=event.logistics_no,
        order_id=event.order_id,
        logistics_no=event.logistics_no,
    )
    await file_documents(tx, [filed])


async def on_parcel_cancelled(event: ParcelCancelled, tx: CustomsTx) -> None:
    filed = Filed(
        document=Withdrawal(reason=event.reason),
        key=event.logistics_no,
        logistics_no=event.logistics_no,
    )
    await file_documents(tx, [filed])


async def on_waybill_recorded(event: WaybillRecorded, tx: CustomsTx) -> None:
    """The third document, or its correction."""
    filed = Filed(
        document=waybill_of(event),
        key=event.waybill_id,
        rank=event.version,
        logistics_no=event.logistics_no,
    )
    await file_documents(tx, [filed])


async def on_unit_departed_there(event: ConsolidationDeparted, tx: CustomsTx) -> None:
    """A unit is on its way to us, with these parcels in it."""
    departure = departure_of(event)
    filed = [
        Filed(
            document=departure,
            key=parcel.logistics_no,
            rank=_rank(event.departed_at.timestamp()),
            logistics_no=parcel.logistics_no,
        )
        for parcel in event.parcels
    ]
    await file_documents(tx, filed)


async def on_consolidation_sealed(event: ConsolidationSealed, tx: CustomsTx) -> None:
    """A unit of this hub is sealed: declare it for export."""
    unit = Unit(
        consolidation_id=event.consolidation_id,
        version=event.version,
        master_waybill=event.master_waybill,
        destination_hub=event.destination_hub,
    )
    parcels = [
        SealedParcel(
            parcel_id=parcel.parcel_id,
            logistics_no=parcel.logistics_no,
            order_id=parcel.order_id,
            order_no=parcel.order_no,
            seller_id=parcel.seller_id,
            gross_weight_g=parcel.gross_weight_g,
        )
        for parcel in event.parcels
    ]
    await draw_up_export(tx, unit, parcels)


async def on_unit_departed_here(event: ConsolidationDeparted, tx: CustomsTx) -> None:
    await record_departure(tx, event.consolidation_id)
    await note_departure(tx, event.consolidation_id, event.departed_at)


async def on_consolidation_manifested(event: ConsolidationManifested, tx: CustomsTx) -> None:
    """A carrier says what is in a unit that left, here or on its way to us."""
    owner = parse_id(event.consolidation_id).hub
    if tx.cause is not None and tx.cause.hub != owner:
        raise ManifestForeign(f"{tx.cause.hub} speaks of a unit of {owner}")
    await hear_manifest(tx, event.consolidation_id, manifest_of(event))


async def on_parcel_delivered(event: ParcelDelivered, tx: CustomsTx) -> None:
    """The buyer has the parcel: its declaration is closed."""
    filed = Filed(
        document=Delivery(delivered_at=event.delivered_at),
        key=event.logistics_no,
        logistics_no=event.logistics_no,
    )
    await file_documents(tx, [filed])


def _rank(seconds: float) -> int:
    """The later of two happenings replaces the earlier; to the millisecond."""
    return int(seconds * 1_000)


SUBSCRIPTIONS = [
    on(ParcelBooked, on_parcel_booked, source="peers"),
    on(ParcelCancelled, on_parcel_cancelled, source="peers"),
    on(WaybillRecorded, on_waybill_recorded, source="local"),
    on(ConsolidationDeparted, on_unit_departed_there, source="peers"),
    on(ConsolidationSealed, on_consolidation_sealed, source="local"),
    on(ConsolidationDeparted, on_unit_departed_here, source="local"),
    on(ConsolidationManifested, on_consolidation_manifested, source="both"),
    on(ParcelDelivered, on_parcel_delivered, source="local"),
]
