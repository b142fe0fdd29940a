"""Parcels over HTTP, at the hub that sends them."""

from fastapi import APIRouter, Depends, Response

from services.logistics.api.deps import (
    LogisticsReading,
    LogisticsTransaction,
    Looking,
    ParcelId,
)
from services.logistics.api.views import parcel_view
from services.logistics.api.words import packed_of
from services.logistics.domain.incident import IncidentReason
from services.logistics.domain.tracking import TrackingState
from services.logistics.usecases.book_parcel import book_parcel
from services.logistics.usecases.cancel_parcel import cancel_parcel
from services.logistics.usecases.hold_parcel import free_parcel, hold_parcel
from services.logistics.usecases.queries import read_parcel
from services.logistics.usecases.track_parcel import track_parcel
from shared.contracts.logistics.api import BookParcel, ParcelReason, ParcelView, TrackSent
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

router = APIRouter(prefix="/v1/parcels", tags=["parcels"], route_class=DoorRoute)

READS = [Depends(requires("logistics:read"))]
WRITES = [Depends(requires("logistics:write"))]
CARRIES = [Depends(requires("logistics:carry"))]


@router.post("", status_code=201, dependencies=WRITES)
async def book(
    body: BookParcel, tx: LogisticsTransaction, caller: Caller, response: Response
) -> ParcelView:
    """Book a parcel for an order of yours that is pre-cleared and paid."""
    parcel = await book_parcel(
        tx,
        order_id=body.order_id,
        member_id=caller.member_id,
        packed=packed_of(body),
        logistics_no=body.logistics_no,
    )
    response.headers["Location"] = f"/v1/parcels/{parcel.id}"
    return parcel_view(parcel)


@router.get("/{parcel_id}", dependencies=READS)
async def read(parcel_id: ParcelId, tx: LogisticsReading, viewer: Looking) -> ParcelView:
    """Read one parcel."""
    return parcel_view(await read_parcel(tx, parcel_id=parcel_id, viewer=viewer))


@router.get("", dependencies=READS)
async def page(
    tx: LogisticsReading, viewer: Looking, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None
) -> Page[ParcelView]:
    """List parcels by id."""
    found = await tx.parcels.page(
        member_id=None if viewer.sees_all else viewer.member_id, after=after(cursor), limit=limit
    )
    return Page(
        items=[parcel_view(parcel) for parcel in found],
        next_cursor=cursor_for([parcel.id for parcel in found], limit=limit),
    )


@router.post("/{parcel_id}/cancel", dependencies=WRITES)
async def cancel(
    parcel_id: ParcelId, body: ParcelReason, tx: LogisticsTransaction, viewer: Looking
) -> ParcelView:
    """Call a parcel off before it is sealed in."""
    await read_parcel(tx, parcel_id=parcel_id, viewer=viewer)
    return parcel_view(await cancel_parcel(tx, parcel_id=parcel_id, reason=body.reason))


@router.post("/{parcel_id}/hold", dependencies=CARRIES)
async def hold(parcel_id: ParcelId, body: ParcelReason, tx: LogisticsTransaction) -> ParcelView:
    """Stop a pooled or packed parcel; its consolidation goes without it."""
    return parcel_view(await hold_parcel(tx, parcel_id=parcel_id, reason=body.reason))


@router.post("/{parcel_id}/free", dependencies=CARRIES)
async def free(parcel_id: ParcelId, tx: LogisticsTransaction) -> ParcelView:
    """Let a held parcel go on in the place it had."""
    return parcel_view(await free_parcel(tx, parcel_id=parcel_id))


@router.post("/{parcel_id}/track", dependencies=CARRIES)
async def track(parcel_id: ParcelId, body: TrackSent, tx: LogisticsTransaction) -> ParcelView:
    """Say where a parcel is before it leaves; what is lost here is said to both hubs."""
    tracked = await track_parcel(
        tx,
        parcel_id=parcel_id,
        state=TrackingState(body.state),
        reason=IncidentReason(body.reason) if body.reason else None,
        remark=body.remark or "",
    )
    return parcel_view(tracked)
