"""Carriers' waybills over HTTP, at the hub where the order was placed: consignee and all."""

from fastapi import APIRouter, Depends, Response

from services.logistics.api.deps import (
    LogisticsReading,
    LogisticsTransaction,
    Looking,
    WaybillId,
)
from services.logistics.api.views import waybill_view
from services.logistics.api.words import correction_of, waybill_of
from services.logistics.usecases.queries import read_waybill
from services.logistics.usecases.record_waybill import correct_waybill, record_waybill
from shared.contracts.logistics.api import CorrectWaybill, RecordWaybill, WaybillView
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

router = APIRouter(prefix="/v1/waybills", tags=["waybills"], route_class=DoorRoute)

READS = [Depends(requires("logistics:read"))]
WRITES = [Depends(requires("logistics:write"))]


@router.post("", status_code=201, dependencies=WRITES)
async def record(
    body: RecordWaybill, tx: LogisticsTransaction, caller: Caller, response: Response
) -> WaybillView:
    """Record the waybill of an order of yours; a carrier may for any order placed here."""
    waybill = waybill_of(body, waybill_id=tx.ids.new("wbl"), recorded_by=caller.member_id)
    recorded = await record_waybill(tx, waybill=waybill, for_anyone=caller.may("logistics:carry"))
    response.headers["Location"] = f"/v1/waybills/{recorded.id}"
    return waybill_view(recorded)


@router.put("/{waybill_id}", dependencies=WRITES)
async def correct(
    waybill_id: WaybillId,
    body: CorrectWaybill,
    tx: LogisticsTransaction,
    caller: Caller,
    viewer: Looking,
) -> WaybillView:
    """Correct a waybill, whole; customs matches it again."""
    old = await read_waybill(tx, waybill_id=waybill_id, viewer=viewer)
    corrected = await correct_waybill(
        tx,
        waybill_id=waybill_id,
        correction=correction_of(body, old=old),
        for_anyone=caller.may("logistics:carry"),
    )
    return waybill_view(corrected)


@router.get("/{waybill_id}", dependencies=READS)
async def read(waybill_id: WaybillId, tx: LogisticsReading, viewer: Looking) -> WaybillView:
    """Read one waybill."""
    return waybill_view(await read_waybill(tx, waybill_id=waybill_id, viewer=viewer))


@router.get("", dependencies=READS)
async def page(
    tx: LogisticsReading, viewer: Looking, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None
) -> Page[WaybillView]:
    """List waybills by id."""
    found = await tx.waybills.page(
        recorded_by=None if viewer.sees_all else viewer.member_id, after=after(cursor), limit=limit
    )
    return Page(
        items=[waybill_view(waybill) for waybill in found],
        next_cursor=cursor_for([waybill.id for waybill in found], limit=limit),
    )
