"""Let a cleared unit leave, and tell the hub that will take it in what is inside."""

from datetime import datetime

from services.logistics.domain.consolidation import Consolidation
from services.logistics.domain.stage import ConsolidationState
from services.logistics.domain.tracking import Classifier, TrackingState
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.hand_over_consolidation import hand_over_consolidation
from services.logistics.usecases.note_activity import note_activity
from services.logistics.usecases.say_manifest import say_manifest
from services.logistics.usecases.seal_consolidation import pooled_words
from shared.contracts.logistics.events import ConsolidationDeparted


async def depart_consolidation(
    tx: LogisticsTx, *, consolidation_id: str, gate_weight_g: int | None, tolerance_permille: int
) -> Consolidation:
    """Depart; raises NotExportReleased while customs has not spoken.

    A unit that is not with its carrier yet is handed over first.
    """
    consolidation = await tx.consolidations.get(consolidation_id, lock=True)
    if consolidation.state is ConsolidationState.SEALED:
        consolidation = await hand_over_consolidation(
            tx,
            consolidation_id=consolidation_id,
            gate_weight_g=gate_weight_g,
            tolerance_permille=tolerance_permille,
        )
    departed = consolidation.depart()
    parcels = [
        parcel.tracked(TrackingState.IN_TRANSIT)
        for parcel in await tx.parcels.aboard(consolidation_id, lock=True)
    ]
    departed_at = tx.now
    await tx.parcels.save_all(parcels)
    await tx.consolidations.save(departed)
    event = ConsolidationDeparted(
        consolidation_id=departed.id,
        master_waybill=departed.master_waybill,
        unit_no=departed.unit_no,
        seals=departed.seals,
        origin=departed.lane.origin,
        destination=departed.lane.destination,
        parcels=pooled_words(parcels),
        departed_at=departed_at,
    )
    await tx.emit(
        event,
        key=departed.id,
        audience=(departed.lane.destination_hub,),
        sequence=departed.version,
    )
    await say_manifest(tx, departed, parcels, departed_at=departed_at)
    await _note_departure(tx, departed, departed_at)
    return departed


async def _note_departure(tx: LogisticsTx, departed: Consolidation, departed_at: datetime) -> None:
    lane = departed.lane
    await note_activity(
        tx,
        departed.id,
        activity=departed.state.value,
        happens_at=departed_at,
        place=lane.origin,
    )
    expected_at = departed.schedule.expected_arrival(departed_at)
    if expected_at is not None:
        await note_activity(
            tx,
            departed.id,
            activity=ConsolidationState.ARRIVED.value,
            classifier=Classifier.ESTIMATED,
            happens_at=expected_at,
            place=lane.destination,
            simulated=True,
            remark="planned arrival moved by the delay at departure",
        )
