"""Move a parcel on before it leaves this hub: picked up, on hold, sent back, lost."""

from services.logistics.domain.incident import IncidentReason
from services.logistics.domain.insurance import is_gone
from services.logistics.domain.parcel import Parcel
from services.logistics.domain.tracking import TrackingState, parcel_subject
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.lock_parcel import lock_parcel
from services.logistics.usecases.note_activity import note_activity
from services.logistics.usecases.say_lost import Gone, say_lost


async def track_parcel(
    tx: LogisticsTx,
    *,
    parcel_id: str,
    state: TrackingState,
    reason: IncidentReason | None,
    remark: str,
) -> Parcel:
    """Move it on; raises TrackingOutOfOrder, or ParcelMoving where it is sealed in.

    A sealed unit is opened first: the parcel is dropped and then said to be lost.
    """
    parcel, _ = await lock_parcel(tx, parcel_id=parcel_id)
    tracked = parcel.tracked_here(state)
    await tx.parcels.save(tracked)
    await note_activity(
        tx,
        parcel_subject(tracked.order_id, tracked.logistics_no),
        activity=state.value,
        remark=remark,
        reason=reason,
    )
    if is_gone(state):
        gone = Gone(
            parcel_id=tracked.id,
            logistics_no=tracked.logistics_no,
            order_id=tracked.order_id,
            order_no=tracked.order_no,
            insured=tracked.insured,
        )
        await say_lost(
            tx, gone, reason=reason, audience=tracked.destination_hub, sequence=tracked.version
        )
    return tracked
