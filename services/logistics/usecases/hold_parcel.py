"""Stop a parcel where it is, or let it go on; the others of its consolidation don't wait for it."""

from services.logistics.domain.consolidation import Consolidation
from services.logistics.domain.parcel import Parcel
from services.logistics.domain.stage import ConsolidationOutOfOrder, ConsolidationState
from services.logistics.domain.tracking import parcel_subject
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.lock_parcel import lock_parcel
from services.logistics.usecases.note_activity import note_activity

AT_THIS_HUB = frozenset(
    {ConsolidationState.OPEN, ConsolidationState.CUT_OFF, ConsolidationState.SEALED}
)


async def hold_parcel(tx: LogisticsTx, *, parcel_id: str, reason: str) -> Parcel:
    """Hold a pooled or packed parcel; raises once the carrier has taken its unit over."""
    parcel, consolidation = await lock_parcel(tx, parcel_id=parcel_id)
    held = parcel.held()
    _check_here(consolidation)
    await tx.parcels.save(held)
    await note_activity(
        tx, parcel_subject(held.order_id, held.logistics_no), activity="held", remark=reason
    )
    return held


async def free_parcel(tx: LogisticsTx, *, parcel_id: str) -> Parcel:
    """Let a held parcel go on in the place it had."""
    parcel, consolidation = await lock_parcel(tx, parcel_id=parcel_id)
    sealed = consolidation is not None and consolidation.state is ConsolidationState.SEALED
    freed = parcel.freed(sealed=sealed)
    await tx.parcels.save(freed)
    await note_activity(tx, parcel_subject(freed.order_id, freed.logistics_no), activity="freed")
    return freed


def _check_here(consolidation: Consolidation | None) -> None:
    if consolidation is not None and consolidation.state not in AT_THIS_HUB:
        raise ConsolidationOutOfOrder(
            f"a consolidation that is {consolidation.state} is with its carrier",
            state=consolidation.state.value,
        )
