"""House and master bills over HTTP, as data and on paper."""

from typing import Any

from fastapi import APIRouter, Depends, Response

from services.logistics.api.bill_words import house_bill_view, master_bill_view
from services.logistics.api.deps import (
    ConsolidationId,
    LogisticsReading,
    Looking,
    ParcelId,
    PlannersDesk,
)
from services.logistics.clients.bill_pages import house_bill_pdf, master_bill_pdf
from services.logistics.usecases.read_bills import read_house_bill, read_master_bill
from shared.contracts.logistics.bill_api import HouseBillView, MasterBillView
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1", tags=["bills"], route_class=DoorRoute)

READS = [Depends(requires("logistics:read"))]
PDF: dict[int | str, dict[str, Any]] = {200: {"content": {"application/pdf": {}}}}


@router.get("/consolidations/{consolidation_id}/master-bill", dependencies=READS)
async def master(
    consolidation_id: ConsolidationId, tx: LogisticsReading, viewer: Looking
) -> MasterBillView:
    """The master air waybill or bill of lading of a sealed unit, with every house in it."""
    return master_bill_view(
        await read_master_bill(tx, consolidation_id=consolidation_id, viewer=viewer)
    )


@router.get("/consolidations/{consolidation_id}/master-bill.pdf", dependencies=READS, responses=PDF)
async def master_on_paper(
    consolidation_id: ConsolidationId,
    tx: LogisticsReading,
    viewer: Looking,
    planners: PlannersDesk,
) -> Response:
    """The master bill for paper, its houses attached."""
    bill = await read_master_bill(tx, consolidation_id=consolidation_id, viewer=viewer)
    return Response(await planners.plan(master_bill_pdf, bill), media_type="application/pdf")


@router.get("/parcels/{parcel_id}/house-bill", dependencies=READS)
async def house(parcel_id: ParcelId, tx: LogisticsReading, viewer: Looking) -> HouseBillView:
    """The house waybill or bill of lading of a parcel in a sealed unit."""
    return house_bill_view(await read_house_bill(tx, parcel_id=parcel_id, viewer=viewer))


@router.get("/parcels/{parcel_id}/house-bill.pdf", dependencies=READS, responses=PDF)
async def house_on_paper(
    parcel_id: ParcelId, tx: LogisticsReading, viewer: Looking, planners: PlannersDesk
) -> Response:
    """The house bill for paper."""
    bill = await read_house_bill(tx, parcel_id=parcel_id, viewer=viewer)
    return Response(await planners.plan(house_bill_pdf, bill), media_type="application/pdf")
