"""Expect a unit that left a peer hub for this one, with everything inside."""

from collections.abc import Mapping

from services.logistics.domain.inbound import InboundConsolidation, InboundParcel
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.announce_parcel import check_sender
from services.logistics.usecases.note_activity import note_activity


async def expect_consolidation(
    tx: LogisticsTx,
    *,
    consolidation: InboundConsolidation,
    parcels: Mapping[str, InboundParcel],
) -> None:
    """Keep the unit and its parcels (by the sender's id), whatever was heard of them before.

    Told again, it changes nothing.
    """
    if await tx.inbound_consolidations.find(consolidation.id) is not None:
        return
    await tx.inbound_consolidations.add(consolidation)
    said = {(p.logistics_no, p.order_id): (key, p.insured) for key, p in parcels.items()}
    order_ids = sorted({parcel.order_id for parcel in parcels.values()})
    await check_sender(tx, order_ids, said_by=consolidation.origin_hub)
    known = await tx.inbound_parcels.hold_all(list(parcels.values()))
    await tx.inbound_parcels.save_all(
        [
            parcel.announced(
                parcel_id=said[parcel.logistics_no, parcel.order_id][0],
                origin_hub=consolidation.origin_hub,
                insured=said[parcel.logistics_no, parcel.order_id][1],
            ).aboard(consolidation.id)
            for parcel in known
        ]
    )
    await note_activity(
        tx,
        consolidation.id,
        activity=consolidation.state.value,
        happens_at=consolidation.departed_at,
        place=consolidation.origin,
    )
