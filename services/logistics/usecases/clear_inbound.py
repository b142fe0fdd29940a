"""Take note of customs' word on a parcel that comes in; a held one goes on or back at once."""

from services.logistics.domain.inbound import Clearance, InboundParcel
from services.logistics.domain.tracking import parcel_subject
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.note_activity import note_activity
from services.logistics.usecases.track_inbound import say_tracked


async def clear_inbound(
    tx: LogisticsTx, *, blank: InboundParcel, clearance: Clearance, remark: str = ""
) -> None:
    """Keep customs' word, even of a parcel that nobody announced yet."""
    known = await tx.inbound_parcels.hold(blank)
    cleared = known.cleared(clearance)
    if cleared is known:
        return
    await tx.inbound_parcels.save(cleared)
    await note_activity(
        tx,
        parcel_subject(cleared.order_id, cleared.logistics_no),
        activity=f"customs_{clearance.value}",
        remark=remark,
    )
    if cleared.state is not known.state:
        await say_tracked(tx, cleared)
