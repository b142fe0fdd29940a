"""Take note that a buyer refused a parcel: it goes back, with the proof of who said so."""

from services.logistics.domain.inbound import InboundParcel
from services.logistics.domain.incident import IncidentReason
from services.logistics.domain.proof import Proof
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.lock_inbound import lock_inbound
from services.logistics.usecases.track_inbound import say_tracked


async def refuse_parcel(
    tx: LogisticsTx, *, logistics_no: str, order_id: str | None, proof: Proof, remark: str
) -> InboundParcel:
    """Turn a refused parcel back and tell its sender; raises NotArrived or NotOffered."""
    parcel, unit = await lock_inbound(tx, logistics_no=logistics_no, order_id=order_id)
    proof.check(since=unit.arrived_at, now=tx.now)
    refused = parcel.refused(proof)
    await tx.inbound_parcels.save(refused)
    await say_tracked(tx, refused, remark=remark, reason=IncidentReason.CONSIGNEE_REFUSED)
    return refused
