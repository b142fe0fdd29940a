"""A parcel's timeline over HTTP: what was planned, what is expected, what has happened."""

from fastapi import APIRouter, Depends

from services.logistics.api.deps import LogisticsNumber, LogisticsReading, Looking, OfOrder
from services.logistics.api.views import tracking_line
from services.logistics.usecases.queries import read_tracking
from shared.contracts.logistics.api import TrackingView
from shared.web.auth import requires

router = APIRouter(prefix="/v1/tracking", tags=["tracking"])


@router.get("/{logistics_no}", dependencies=[Depends(requires("logistics:read"))])
async def read(
    logistics_no: LogisticsNumber,
    tx: LogisticsReading,
    viewer: Looking,
    order_id: OfOrder = None,
) -> TrackingView:
    """Follow a parcel, its consolidation's part of the way included."""
    tracked = await read_tracking(tx, logistics_no=logistics_no, order_id=order_id, viewer=viewer)
    return TrackingView(
        logistics_no=tracked.logistics_no,
        order_id=tracked.order_id,
        state=tracked.state,
        timeline=tuple(tracking_line(event) for event in tracked.timeline),
    )
