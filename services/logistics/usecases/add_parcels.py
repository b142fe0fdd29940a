"""Put parcels into an open consolidation; each gets its own answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.logistics.domain.parcel import Parcel, PoolState
from services.logistics.domain.tracking import parcel_subject
from services.logistics.store.parcels import ParcelNotFound
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.note_activity import note_activity
from shared.contracts.logistics.events import PARCELS_PER_CONSOLIDATION_MAX
from shared.kernel.errors import Conflict, EroadError, Rejected


@dataclass(frozen=True, kw_only=True)
class Pooling:
    """What became of each parcel (None: it is aboard), and how many are aboard now."""

    refusals: dict[str, EroadError | None]
    aboard: int


async def add_parcels(
    tx: LogisticsTx, *, consolidation_id: str, parcel_ids: Sequence[str]
) -> Pooling:
    """Pool the parcels that may be; raises only for what is wrong with the consolidation."""
    consolidation = await tx.consolidations.get(consolidation_id, lock=True)
    consolidation.check_open(now=tx.now)
    found = await tx.parcels.named(parcel_ids)
    aboard = await tx.parcels.count_aboard(consolidation_id)
    refusals: dict[str, EroadError | None] = {}
    pooled: list[Parcel] = []
    for parcel_id in dict.fromkeys(parcel_ids):
        parcel = found.get(parcel_id)
        refusals[parcel_id] = None
        if parcel is None:
            refusals[parcel_id] = ParcelNotFound(f"no parcel {parcel_id}")
        elif parcel.consolidation_id != consolidation_id or parcel.pool is not PoolState.POOLED:
            try:
                admitted = consolidation.admit(
                    parcel,
                    aboard=aboard + len(pooled),
                    aboard_max=PARCELS_PER_CONSOLIDATION_MAX,
                    now=tx.now,
                )
                pooled.append(admitted)
            except (Rejected, Conflict) as refusal:
                refusals[parcel_id] = refusal
    await tx.parcels.save_all(pooled)
    subjects = [parcel_subject(parcel.order_id, parcel.logistics_no) for parcel in pooled]
    await note_activity(tx, *subjects, activity=PoolState.POOLED.value)
    return Pooling(refusals=refusals, aboard=aboard + len(pooled))
