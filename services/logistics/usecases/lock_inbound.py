"""Lock an inbound parcel and the unit it came in: always the unit first."""

from services.logistics.domain.inbound import InboundConsolidation, InboundParcel, NotArrived
from services.logistics.store.tx import LogisticsTx


async def lock_inbound(
    tx: LogisticsTx, *, logistics_no: str, order_id: str | None
) -> tuple[InboundParcel, InboundConsolidation]:
    """Return a parcel that is at this hub and its unit, both locked; raises NotArrived.

    Which unit a parcel came in never changes, so it may be looked up before it is locked.
    """
    seen = await tx.inbound_parcels.get(logistics_no, order_id=order_id)
    if seen.consolidation_id is None:
        raise NotArrived(f"{logistics_no} has not left its sender", retry_after_s=30)
    unit = await tx.inbound_consolidations.get(seen.consolidation_id, lock=True)
    if not unit.is_here:
        raise NotArrived(f"{logistics_no} is still under way", retry_after_s=30)
    parcel = await tx.inbound_parcels.get(logistics_no, order_id=seen.order_id, lock=True)
    return parcel, unit
