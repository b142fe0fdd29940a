"""Take a unit in, once its seals are found to be the ones it left with."""

from collections.abc import Sequence

from services.logistics.domain.inbound import InboundConsolidation
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.note_activity import note_activity
from shared.contracts.logistics.events import ConsolidationArrived


async def arrive_consolidation(
    tx: LogisticsTx, *, consolidation_id: str, seals: Sequence[str]
) -> InboundConsolidation:
    """Take a unit in; raises SealsDiffer, or InboundConsolidationNotKnown before its sender
    told of its departure.
    """
    unit = await tx.inbound_consolidations.get(consolidation_id, lock=True)
    arrived = unit.arrive(seals=tuple(seals), at=tx.now)
    await tx.inbound_consolidations.save(arrived)
    event = ConsolidationArrived(
        consolidation_id=arrived.id, master_waybill=arrived.master_waybill, arrived_at=tx.now
    )
    await tx.emit(event, key=arrived.id, audience=(arrived.origin_hub,), sequence=arrived.version)
    await note_activity(tx, arrived.id, activity=arrived.state.value, place=arrived.destination)
    return arrived
