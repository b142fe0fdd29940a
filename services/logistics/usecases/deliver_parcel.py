"""Give a parcel to its buyer, once customs released it, and tell its sender."""

from services.logistics.domain.inbound import InboundParcel
from services.logistics.domain.parcel import PoolState
from services.logistics.domain.proof import Proof
from services.logistics.domain.tracking import parcel_subject
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.deconsolidate import close_unit
from services.logistics.usecases.lock_inbound import lock_inbound
from services.logistics.usecases.note_activity import note_activity
from shared.contracts.logistics.events import ParcelDelivered


async def deliver_parcel(
    tx: LogisticsTx, *, logistics_no: str, order_id: str | None, proof: Proof
) -> InboundParcel:
    """Deliver a parcel; raises NotArrived, NotReleased, SentBack or ProofTimeWrong.

    One delivered straight out of its unit opens it, and the last one closes it.
    """
    parcel, unit = await lock_inbound(tx, logistics_no=logistics_no, order_id=order_id)
    proof.check(since=unit.arrived_at, now=tx.now)
    delivered = parcel.delivered(proof)
    await tx.inbound_parcels.save(delivered)
    event = ParcelDelivered(
        parcel_id=delivered.parcel_id,
        logistics_no=delivered.logistics_no,
        order_id=delivered.order_id,
        order_no=delivered.order_no,
        delivered_at=proof.taken_at,
        proof_sha256=proof.sha256,
        proof_kind=proof.kind.value,
        place=proof.place or None,
    )
    await tx.emit(
        event, key=delivered.parcel_id, audience=(delivered.origin_hub,), sequence=delivered.version
    )
    await note_activity(
        tx,
        parcel_subject(delivered.order_id, delivered.logistics_no),
        activity=delivered.state.value,
        happens_at=proof.taken_at,
        place=proof.place,
    )
    if parcel.pool is PoolState.PACKED:
        opened = unit.opened()
        if await tx.inbound_parcels.any_packed(unit.id):
            await tx.inbound_consolidations.save(opened)
        else:
            await close_unit(tx, opened)
    return delivered
