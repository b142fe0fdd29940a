"""Stop what is packed for an order that was cancelled."""

from dataclasses import replace

from services.logistics.domain.parcel import PoolState
from services.logistics.domain.stage import ConsolidationState
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.cancel_parcel import keep_cancelled
from services.logistics.usecases.hold_parcel import hold_parcel
from services.logistics.usecases.lock_parcel import lock_parcel


async def call_off_order(tx: LogisticsTx, *, order_id: str, reason: str) -> None:
    """Cancel the order's parcel, or hold it where it is sealed in already.

    What the carrier has taken over goes on: the buyer's hub sends it back.
    """
    known = await tx.heard_orders.hold(order_id)
    await tx.heard_orders.save(replace(known, cancelled=True))
    found = await tx.parcels.of_order(order_id)
    if found is None:
        return
    parcel, consolidation = await lock_parcel(tx, parcel_id=found.id)
    if parcel.may_be_cancelled:
        await keep_cancelled(tx, parcel=parcel.cancelled(), reason=reason)
    elif (
        parcel.pool is PoolState.PACKED
        and consolidation is not None
        and consolidation.state is ConsolidationState.SEALED
    ):
        await hold_parcel(tx, parcel_id=parcel.id, reason=reason)
