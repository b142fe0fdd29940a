"""Empty a unit that arrived: released parcels go to their buyers, the others are split out."""

from collections import Counter

from services.logistics.domain.inbound import Clearance, InboundConsolidation
from services.logistics.domain.parcel import PoolState
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.note_activity import note_activity
from services.logistics.usecases.track_inbound import say_tracked
from shared.contracts.logistics.events import ConsolidationClosed


async def deconsolidate(
    tx: LogisticsTx, *, consolidation_id: str
) -> tuple[InboundConsolidation, Counter[Clearance]]:
    """Take every parcel out and close the unit; return how many customs had said what of.

    What customs has not released waits by itself: it holds up nobody else.
    """
    unit = (await tx.inbound_consolidations.get(consolidation_id, lock=True)).opened()
    parcels = await tx.inbound_parcels.of_consolidation(consolidation_id)
    out = [parcel.taken_out() for parcel in parcels if parcel.pool is PoolState.PACKED]
    await tx.inbound_parcels.save_all(out)
    for parcel in out:
        await say_tracked(tx, parcel)
    closed = await close_unit(tx, unit)
    return closed, Counter(parcel.clearance for parcel in out)


async def close_unit(tx: LogisticsTx, opened: InboundConsolidation) -> InboundConsolidation:
    """Close an empty unit and tell its sender which parcels customs did not release."""
    closed = opened.close(at=tx.now)
    await tx.inbound_consolidations.save(closed)
    parcels = await tx.inbound_parcels.of_consolidation(closed.id)
    event = ConsolidationClosed(
        consolidation_id=closed.id,
        master_waybill=closed.master_waybill,
        split_out=tuple(p.logistics_no for p in parcels if p.pool is PoolState.SPLIT_OUT),
        closed_at=tx.now,
    )
    await tx.emit(event, key=closed.id, audience=(closed.origin_hub,), sequence=closed.version)
    await note_activity(tx, closed.id, activity=closed.state.value, place=closed.destination)
    return closed
