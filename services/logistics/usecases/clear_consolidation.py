"""Take note that customs lets a consolidation leave."""

from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.note_activity import note_activity


async def clear_consolidation(
    tx: LogisticsTx, *, consolidation_id: str, declaration_id: str, released: frozenset[str]
) -> None:
    """Clear it for export; raises ReleaseIncomplete when a parcel aboard was left out.

    Told again, it changes nothing.
    """
    consolidation = await tx.consolidations.get(consolidation_id, lock=True)
    if consolidation.export_declaration_id is not None:
        return
    aboard = await tx.parcels.aboard(consolidation_id)
    await tx.consolidations.save(
        consolidation.cleared(aboard, declaration_id=declaration_id, released=released)
    )
    await note_activity(
        tx, consolidation_id, activity="export_released", place=consolidation.lane.origin
    )
