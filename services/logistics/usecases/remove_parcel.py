"""Take a parcel out of a consolidation that is not sealed yet."""

from services.logistics.domain.parcel import Parcel, PoolState
from services.logistics.domain.stage import ConsolidationOutOfOrder, ConsolidationState
from services.logistics.domain.tracking import parcel_subject
from services.logistics.store.parcels import ParcelNotFound
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.note_activity import note_activity

BEFORE_SEALING = frozenset({ConsolidationState.OPEN, ConsolidationState.CUT_OFF})


async def remove_parcel(tx: LogisticsTx, *, consolidation_id: str, parcel_id: str) -> Parcel:
    """Take a parcel out; a held one is split out. Raises once the unit is sealed: drop it then."""
    consolidation = await tx.consolidations.get(consolidation_id, lock=True)
    parcel = await tx.parcels.get(parcel_id, lock=True)
    if parcel.consolidation_id != consolidation_id:
        raise ParcelNotFound(f"parcel {parcel_id} is not in this consolidation")
    if consolidation.state not in BEFORE_SEALING:
        raise ConsolidationOutOfOrder(
            f"a consolidation that is {consolidation.state} gives no parcel back",
            state=consolidation.state.value,
        )
    out = parcel.left_behind() if parcel.pool is PoolState.HELD else parcel.taken_out()
    await tx.parcels.save(out)
    subject = parcel_subject(out.order_id, out.logistics_no)
    await note_activity(tx, subject, activity=out.pool.value if out.pool else "taken_out")
    return out
