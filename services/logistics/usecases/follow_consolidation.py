"""Follow a unit that left: its destination says when it arrived and when it was emptied."""

from datetime import datetime

from services.logistics.domain.consolidation import Consolidation
from services.logistics.domain.parcel import PoolState
from services.logistics.domain.stage import ConsolidationState
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.note_activity import note_activity
from shared.kernel.errors import Forbidden

C = ConsolidationState


class NotTheDestination(Forbidden):
    """Only the hub that takes a consolidation in says what becomes of it and its parcels."""

    code = "logistics.not-the-destination"


async def follow_arrival(
    tx: LogisticsTx, *, consolidation_id: str, arrived_at: datetime, said_by: str
) -> None:
    """Take note of the arrival; told again, or after the unit was emptied, it changes nothing."""
    consolidation = await _theirs(tx, consolidation_id, said_by)
    if consolidation.state in {C.ARRIVED, C.DECONSOLIDATING, C.CLOSED}:
        return
    await tx.consolidations.save(consolidation.arrive())
    await note_activity(
        tx,
        consolidation_id,
        activity=C.ARRIVED.value,
        happens_at=arrived_at,
        place=consolidation.lane.destination,
    )


async def follow_closing(
    tx: LogisticsTx, *, consolidation_id: str, closed_at: datetime, said_by: str
) -> None:
    """Take note that every parcel is out, whether or not the arrival was heard of."""
    consolidation = await _theirs(tx, consolidation_id, said_by)
    if consolidation.state is C.CLOSED:
        return
    if consolidation.state is C.DEPARTED:
        consolidation = consolidation.arrive()
    await tx.consolidations.save(consolidation.deconsolidate().close())
    aboard = await tx.parcels.aboard(consolidation_id, lock=True)
    await tx.parcels.save_all(
        [parcel.unpacked() for parcel in aboard if parcel.pool is PoolState.PACKED]
    )
    await note_activity(
        tx,
        consolidation_id,
        activity=C.CLOSED.value,
        happens_at=closed_at,
        place=consolidation.lane.destination,
    )


async def _theirs(tx: LogisticsTx, consolidation_id: str, said_by: str) -> Consolidation:
    consolidation = await tx.consolidations.get(consolidation_id, lock=True)
    if consolidation.lane.destination_hub != said_by:
        raise NotTheDestination(f"{said_by} does not take in {consolidation_id}")
    return consolidation
