"""Carriers over HTTP: book one, have it come, print the label, make the customs form."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from services.logistics.api.carriage_words import (
    carriage_view,
    customs_form_of,
    customs_form_view,
    label_of,
)
from services.logistics.api.deps import (
    LogisticsReading,
    LogisticsTransaction,
    Looking,
    ParcelId,
    PlannersDesk,
    RateCards,
)
from services.logistics.clients.typesetting import customs_form_pdf, label_pdf
from services.logistics.domain.carriage import Carrier
from services.logistics.domain.label import zpl
from services.logistics.usecases.book_carriage import (
    ask_pickup,
    book_carriage,
    cancel_carriage,
    carrier_named,
)
from services.logistics.usecases.queries import read_parcel
from shared.contracts.logistics.carriage_api import (
    AskPickup,
    BookCarriage,
    CarriageView,
    CarriersReply,
    CarrierView,
    CustomsFormView,
    MakeCustomsForm,
)
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1", tags=["carriers"], route_class=DoorRoute)

READS = [Depends(requires("logistics:read"))]
WRITES = [Depends(requires("logistics:write"))]
PDF: dict[int | str, dict[str, Any]] = {200: {"content": {"application/pdf": {}}}}
ZPL: dict[int | str, dict[str, Any]] = {200: {"content": {"application/zpl": {}}}}


async def carriers(request: Request) -> Mapping[str, Carrier]:
    """The adapters of this hub."""
    known: Mapping[str, Carrier] = request.app.state.carriers
    return known


Carriers = Annotated[Mapping[str, Carrier], Depends(carriers)]


@router.get("/carriers", dependencies=READS)
async def every_carrier(known: Carriers) -> CarriersReply:
    """Name the carriers one can book."""
    views = [CarrierView(code=c.code, name=c.name, simulated=c.simulated) for c in known.values()]
    return CarriersReply(carriers=tuple(views))


@router.post("/parcels/{parcel_id}/carriage", status_code=201, dependencies=WRITES)
async def book(
    parcel_id: ParcelId,
    body: BookCarriage,
    tx: LogisticsTransaction,
    viewer: Looking,
    known: Carriers,
    cards: RateCards,
) -> CarriageView:
    """Book a carrier for a parcel that travels by itself, at its cheapest rate in force."""
    await read_parcel(tx, parcel_id=parcel_id, viewer=viewer)
    carriage = await book_carriage(
        tx,
        parcel_id=parcel_id,
        carrier=carrier_named(known, body.carrier),
        cards=cards,
        reference=body.reference,
    )
    return carriage_view(carriage, known)


@router.get("/parcels/{parcel_id}/carriage", dependencies=READS)
async def read(
    parcel_id: ParcelId, tx: LogisticsReading, viewer: Looking, known: Carriers
) -> CarriageView:
    """Read the booking of a parcel."""
    await read_parcel(tx, parcel_id=parcel_id, viewer=viewer)
    return carriage_view(await tx.carriages.get(parcel_id), known)


@router.post("/parcels/{parcel_id}/pickup", dependencies=WRITES)
async def pickup(
    parcel_id: ParcelId,
    body: AskPickup,
    tx: LogisticsTransaction,
    viewer: Looking,
    known: Carriers,
) -> CarriageView:
    """Have the carrier fetch the parcel; it says when it comes."""
    await read_parcel(tx, parcel_id=parcel_id, viewer=viewer)
    asked = await ask_pickup(tx, parcel_id=parcel_id, carriers=known, ready_at=body.ready_at)
    return carriage_view(asked, known)


@router.post("/parcels/{parcel_id}/carriage/cancel", dependencies=WRITES)
async def cancel(
    parcel_id: ParcelId, tx: LogisticsTransaction, viewer: Looking, known: Carriers
) -> CarriageView:
    """Call the carrier off before it has the parcel."""
    await read_parcel(tx, parcel_id=parcel_id, viewer=viewer)
    return carriage_view(await cancel_carriage(tx, parcel_id=parcel_id), known)


@router.get("/parcels/{parcel_id}/label.zpl", dependencies=READS, responses=ZPL)
async def label_for_printers(
    parcel_id: ParcelId, tx: LogisticsReading, viewer: Looking
) -> Response:
    """The parcel's label for a label printer."""
    parcel = await read_parcel(tx, parcel_id=parcel_id, viewer=viewer)
    label = label_of(parcel, await tx.carriages.of_parcel(parcel_id))
    return Response(zpl(label), media_type="application/zpl")


@router.get("/parcels/{parcel_id}/label.pdf", dependencies=READS, responses=PDF)
async def label_on_paper(
    parcel_id: ParcelId, tx: LogisticsReading, viewer: Looking, planners: PlannersDesk
) -> Response:
    """The parcel's label for paper."""
    parcel = await read_parcel(tx, parcel_id=parcel_id, viewer=viewer)
    label = label_of(parcel, await tx.carriages.of_parcel(parcel_id))
    return Response(await planners.plan(label_pdf, label), media_type="application/pdf")


@router.post("/parcels/{parcel_id}/customs-form", dependencies=READS)
async def customs_form(
    parcel_id: ParcelId, body: MakeCustomsForm, tx: LogisticsReading, viewer: Looking
) -> CustomsFormView:
    """Which form the contents need, CN 22 or CN 23, and its data; nothing is kept or lodged."""
    parcel = await read_parcel(tx, parcel_id=parcel_id, viewer=viewer)
    carriage = await tx.carriages.of_parcel(parcel_id)
    return customs_form_view(customs_form_of(body, parcel, carriage), body)


@router.post("/parcels/{parcel_id}/customs-form.pdf", dependencies=READS, responses=PDF)
async def customs_form_on_paper(
    parcel_id: ParcelId,
    body: MakeCustomsForm,
    tx: LogisticsReading,
    viewer: Looking,
    planners: PlannersDesk,
) -> Response:
    """The customs form for paper."""
    parcel = await read_parcel(tx, parcel_id=parcel_id, viewer=viewer)
    carriage = await tx.carriages.of_parcel(parcel_id)
    form = customs_form_of(body, parcel, carriage)
    pdf = await planners.plan(customs_form_pdf, form, label_of(parcel, carriage))
    return Response(pdf, media_type="application/pdf")
