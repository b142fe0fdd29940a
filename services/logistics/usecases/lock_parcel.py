"""Lock a parcel and the consolidation it is in: always the consolidation first."""

from services.logistics.domain.consolidation import Consolidation
from services.logistics.domain.parcel import Parcel
from services.logistics.store.tx import LogisticsTx
from shared.kernel.errors import Unavailable

ATTEMPTS_MAX = 3


class ParcelBusy(Unavailable):
    """The parcel changes consolidations faster than it can be caught; try again."""

    code = "logistics.parcel-busy"


async def lock_parcel(tx: LogisticsTx, *, parcel_id: str) -> tuple[Parcel, Consolidation | None]:
    """Return a parcel and its consolidation, both locked; raises ParcelNotFound, ParcelBusy."""
    for _ in range(ATTEMPTS_MAX):
        seen = await tx.parcels.get(parcel_id)
        consolidation = None
        if seen.consolidation_id is not None:
            consolidation = await tx.consolidations.get(seen.consolidation_id, lock=True)
        parcel = await tx.parcels.get(parcel_id, lock=True)
        if parcel.consolidation_id == seen.consolidation_id:
            return parcel, consolidation
    raise ParcelBusy(f"parcel {parcel_id} is being moved")
