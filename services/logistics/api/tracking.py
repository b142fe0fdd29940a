"""A parcel's timeline over HTTP: what was planned, what is expected, what has happened."""

from typing import Any

from fastapi import APIRouter, Depends

from services.logistics.api.deps import LogisticsNumber, LogisticsReading, Looking, OfOrder
from services.logistics.api.views import tracking_line
from services.logistics.domain.epcis import dcsa_events, epcis_document
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


@router.get("/{logistics_no}/epcis", dependencies=[Depends(requires("logistics:read"))])
async def epcis(
    logistics_no: LogisticsNumber,
    tx: LogisticsReading,
    viewer: Looking,
    order_id: OfOrder = None,
) -> dict[str, Any]:
    """What has happened to a parcel, as an EPCIS 2.0 document."""
    tracked = await read_tracking(tx, logistics_no=logistics_no, order_id=order_id, viewer=viewer)
    return epcis_document(subject=tracked.logistics_no, events=tracked.timeline, made_at=tx.now)


@router.get("/{logistics_no}/dcsa", dependencies=[Depends(requires("logistics:read"))])
async def dcsa(
    logistics_no: LogisticsNumber,
    tx: LogisticsReading,
    viewer: Looking,
    order_id: OfOrder = None,
) -> list[dict[str, str]]:
    """What is planned, expected and has happened, in DCSA's classifiers and codes."""
    tracked = await read_tracking(tx, logistics_no=logistics_no, order_id=order_id, viewer=viewer)
    return dcsa_events(tracked.timeline)
