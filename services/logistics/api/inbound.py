"""What comes in, over HTTP: carriers take units in, empty them and deliver parcels."""

from datetime import datetime

from fastapi import APIRouter, Depends

from services.logistics.api.deps import (
    ConsolidationId,
    LogisticsNumber,
    LogisticsReading,
    LogisticsTransaction,
    Looking,
    OfOrder,
)
from services.logistics.api.views import inbound_consolidation_view, inbound_parcel_view
from services.logistics.domain.inbound import Clearance
from services.logistics.domain.incident import IncidentReason
from services.logistics.domain.proof import Proof, ProofKind
from services.logistics.domain.tracking import TrackingState
from services.logistics.usecases.arrive_consolidation import arrive_consolidation
from services.logistics.usecases.deconsolidate import deconsolidate
from services.logistics.usecases.deliver_parcel import deliver_parcel
from services.logistics.usecases.queries import read_inbound_parcel
from services.logistics.usecases.refuse_parcel import refuse_parcel
from services.logistics.usecases.track_inbound import track_inbound
from shared.contracts.logistics.api import DeliverParcel, RefuseParcel, TrackParcel
from shared.contracts.logistics.consolidation_api import (
    ArriveConsolidation,
    DeconsolidatedReply,
    InboundConsolidationView,
    InboundParcelView,
)
from shared.web.auth import requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

router = APIRouter(prefix="/v1", tags=["inbound"], route_class=DoorRoute)

READS = [Depends(requires("logistics:read"))]
CARRIES = [Depends(requires("logistics:carry"))]


@router.get("/inbound-consolidations/{consolidation_id}", dependencies=CARRIES)
async def read_unit(
    consolidation_id: ConsolidationId, tx: LogisticsReading
) -> InboundConsolidationView:
    """Read one unit that is on its way here, or here."""
    return inbound_consolidation_view(await tx.inbound_consolidations.get(consolidation_id))


@router.get("/inbound-consolidations", dependencies=CARRIES)
async def page_units(
    tx: LogisticsReading, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None
) -> Page[InboundConsolidationView]:
    """List units by id."""
    found = await tx.inbound_consolidations.page(after=after(cursor), limit=limit)
    return Page(
        items=[inbound_consolidation_view(unit) for unit in found],
        next_cursor=cursor_for([unit.id for unit in found], limit=limit),
    )


@router.post("/inbound-consolidations/{consolidation_id}/arrive", dependencies=CARRIES)
async def arrive(
    consolidation_id: ConsolidationId, body: ArriveConsolidation, tx: LogisticsTransaction
) -> InboundConsolidationView:
    """Take a unit in; the seals found must be those it left with."""
    return inbound_consolidation_view(
        await arrive_consolidation(tx, consolidation_id=consolidation_id, seals=body.seals)
    )


@router.post("/inbound-consolidations/{consolidation_id}/deconsolidate", dependencies=CARRIES)
async def empty(consolidation_id: ConsolidationId, tx: LogisticsTransaction) -> DeconsolidatedReply:
    """Take every parcel out; what customs did not release waits by itself."""
    unit, counted = await deconsolidate(tx, consolidation_id=consolidation_id)
    released, sent_back = counted[Clearance.RELEASED], counted[Clearance.SENT_BACK]
    return DeconsolidatedReply(
        consolidation=inbound_consolidation_view(unit),
        released=released,
        held=counted.total() - released - sent_back,
        sent_back=sent_back,
    )


@router.get("/inbound-parcels/{logistics_no}", dependencies=READS)
async def read_parcel(
    logistics_no: LogisticsNumber,
    tx: LogisticsReading,
    viewer: Looking,
    order_id: OfOrder = None,
) -> InboundParcelView:
    """Read one inbound parcel: where it is, and what customs said of it."""
    return inbound_parcel_view(
        await read_inbound_parcel(tx, logistics_no=logistics_no, order_id=order_id, viewer=viewer)
    )


@router.post("/inbound-parcels/{logistics_no}/deliver", dependencies=CARRIES)
async def deliver(
    logistics_no: LogisticsNumber,
    body: DeliverParcel,
    tx: LogisticsTransaction,
    order_id: OfOrder = None,
) -> InboundParcelView:
    """Give a released parcel to its buyer."""
    return inbound_parcel_view(
        await deliver_parcel(
            tx, logistics_no=logistics_no, order_id=order_id, proof=_proof(body, now=tx.now)
        )
    )


@router.post("/inbound-parcels/{logistics_no}/refuse", dependencies=CARRIES)
async def refuse(
    logistics_no: LogisticsNumber,
    body: RefuseParcel,
    tx: LogisticsTransaction,
    order_id: OfOrder = None,
) -> InboundParcelView:
    """Turn back a parcel that its buyer refused at the door or the counter."""
    return inbound_parcel_view(
        await refuse_parcel(
            tx,
            logistics_no=logistics_no,
            order_id=order_id,
            proof=_proof(body, now=tx.now),
            remark=body.remark or "",
        )
    )


@router.post("/inbound-parcels/{logistics_no}/track", dependencies=CARRIES)
async def track(
    logistics_no: LogisticsNumber,
    body: TrackParcel,
    tx: LogisticsTransaction,
    order_id: OfOrder = None,
) -> InboundParcelView:
    """Say where a parcel is, short of delivered."""
    return inbound_parcel_view(
        await track_inbound(
            tx,
            logistics_no=logistics_no,
            order_id=order_id,
            state=TrackingState(body.state),
            remark=body.remark or "",
            reason=IncidentReason(body.reason) if body.reason else None,
        )
    )


def _proof(body: DeliverParcel, *, now: datetime) -> Proof:
    return Proof(
        sha256=body.proof_sha256,
        taken_at=body.taken_at or now,
        kind=ProofKind(body.proof_kind),
        place=body.place or "",
    )
