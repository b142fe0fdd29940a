"""Follow a parcel that left: its destination says where it is."""

from datetime import datetime

from services.logistics.domain.lane import office_of
from services.logistics.domain.tracking import TrackingState, parcel_subject
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.follow_consolidation import NotTheDestination
from services.logistics.usecases.note_activity import note_activity


async def follow_parcel(
    tx: LogisticsTx,
    *,
    parcel_id: str,
    state: TrackingState,
    happened_at: datetime,
    said_by: str,
    reason: str | None = None,
) -> None:
    """Put the parcel where its destination says it is; news after a final state is dropped."""
    parcel = await tx.parcels.get(parcel_id, lock=True)
    if parcel.destination_hub != said_by:
        raise NotTheDestination(f"{said_by} is not where {parcel_id} goes")
    followed = parcel.followed(state)
    if followed is parcel:
        return
    await tx.parcels.save(followed)
    await note_activity(
        tx,
        parcel_subject(parcel.order_id, parcel.logistics_no),
        activity=state.value,
        happens_at=happened_at,
        place=office_of(said_by),
        reason=reason,
    )
