"""Take note of where an inbound parcel is, short of delivered, and tell its sender."""

from services.logistics.domain.inbound import InboundParcel
from services.logistics.domain.incident import IncidentReason
from services.logistics.domain.insurance import is_gone
from services.logistics.domain.tracking import TrackingState, parcel_subject
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.lock_inbound import lock_inbound
from services.logistics.usecases.note_activity import note_activity
from services.logistics.usecases.say_lost import Gone, say_lost
from shared.contracts.logistics.events import ParcelTracked

TO_THE_BUYER = frozenset({TrackingState.OUT_FOR_DELIVERY, TrackingState.READY_FOR_PICKUP})


async def track_inbound(
    tx: LogisticsTx,
    *,
    logistics_no: str,
    order_id: str | None,
    state: TrackingState,
    remark: str,
    reason: IncidentReason | None = None,
) -> InboundParcel:
    """Move a parcel on; raises NotArrived, and NotReleased where it would go to its buyer.

    What is gone is said to be lost, with what it was insured for.
    """
    parcel, _ = await lock_inbound(tx, logistics_no=logistics_no, order_id=order_id)
    if state in TO_THE_BUYER:
        parcel.check_released()
    tracked = parcel.tracked(state)
    await tx.inbound_parcels.save(tracked)
    await say_tracked(tx, tracked, remark=remark, reason=reason)
    if is_gone(state):
        gone = Gone(
            parcel_id=tracked.parcel_id,
            logistics_no=tracked.logistics_no,
            order_id=tracked.order_id,
            order_no=tracked.order_no,
            insured=tracked.insured,
        )
        await say_lost(
            tx, gone, reason=reason, audience=tracked.origin_hub, sequence=tracked.version
        )
    return tracked


async def say_tracked(
    tx: LogisticsTx,
    parcel: InboundParcel,
    *,
    remark: str = "",
    reason: IncidentReason | None = None,
) -> None:
    """Put the parcel's state on its timeline and tell the hub that sent it."""
    await note_activity(
        tx,
        parcel_subject(parcel.order_id, parcel.logistics_no),
        activity=parcel.state.value,
        remark=remark,
        reason=reason,
    )
    event = ParcelTracked(
        parcel_id=parcel.parcel_id,
        logistics_no=parcel.logistics_no,
        order_id=parcel.order_id,
        state=parcel.state.value,
        happened_at=tx.now,
        reason=reason,
    )
    await tx.emit(
        event, key=parcel.parcel_id, audience=(parcel.origin_hub,), sequence=parcel.version
    )
