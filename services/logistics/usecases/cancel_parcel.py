"""Call a parcel off before it is sealed in."""

from services.logistics.domain.parcel import Parcel
from services.logistics.domain.tracking import parcel_subject
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.lock_parcel import lock_parcel
from services.logistics.usecases.note_activity import note_activity
from shared.contracts.logistics.events import ParcelCancelled


async def cancel_parcel(tx: LogisticsTx, *, parcel_id: str, reason: str) -> Parcel:
    """Cancel a parcel, or raise ParcelMoving."""
    parcel, _ = await lock_parcel(tx, parcel_id=parcel_id)
    return await keep_cancelled(tx, parcel=parcel.cancelled(), reason=reason)


async def keep_cancelled(tx: LogisticsTx, *, parcel: Parcel, reason: str) -> Parcel:
    """Keep a cancelled parcel and tell its destination."""
    await tx.parcels.save(parcel)
    event = ParcelCancelled(
        parcel_id=parcel.id,
        logistics_no=parcel.logistics_no,
        order_id=parcel.order_id,
        reason=reason,
    )
    await tx.emit(event, key=parcel.id, audience=(parcel.destination_hub,), sequence=parcel.version)
    await note_activity(
        tx,
        parcel_subject(parcel.order_id, parcel.logistics_no),
        activity=parcel.state.value,
        remark=reason,
    )
    return parcel
