"""Leave parcels behind at the gate: the rest is weighed, priced and sealed anew."""

from collections.abc import Sequence

from services.logistics.domain.consolidation import Consolidation
from services.logistics.domain.tracking import parcel_subject
from services.logistics.store.parcels import ParcelNotFound
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.cancel_parcel import keep_cancelled
from services.logistics.usecases.note_activity import note_activity
from services.logistics.usecases.seal_consolidation import check_seals, say_sealed


async def drop_parcels(
    tx: LogisticsTx,
    *,
    consolidation_id: str,
    parcel_ids: Sequence[str],
    seals: Sequence[str],
    reason: str,
) -> Consolidation:
    """Take parcels out of a sealed unit and seal it anew; they may join a later one.

    A parcel whose order was cancelled in the meantime is cancelled too.
    """
    checked = check_seals(seals)
    consolidation = await tx.consolidations.get(consolidation_id, lock=True)
    aboard = await tx.parcels.aboard(consolidation_id, lock=True)
    named = set(parcel_ids)
    dropped = [parcel.left_behind() for parcel in aboard if parcel.id in named]
    if len(dropped) < len(named):
        missing = sorted(named - {parcel.id for parcel in dropped})
        raise ParcelNotFound(f"{missing[0]} is not aboard", field="parcel_ids")
    staying = [parcel for parcel in aboard if parcel.id not in named]
    sealed, split = consolidation.seal_again(staying, seals=checked)
    await tx.parcels.save_all(dropped)
    await tx.consolidations.save(sealed)
    await tx.consolidations.keep_shares(sealed.id, split.shares)
    for parcel in dropped:
        assert parcel.pool is not None, "what is left behind has a place"
        subject = parcel_subject(parcel.order_id, parcel.logistics_no)
        await note_activity(tx, subject, activity=parcel.pool.value, remark=reason)
        order = await tx.heard_orders.find(parcel.order_id)
        if order is not None and order.cancelled:
            await keep_cancelled(tx, parcel=parcel.cancelled(), reason="order-cancelled")
    await say_sealed(tx, sealed, staying)
    return sealed
