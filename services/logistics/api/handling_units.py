"""Boxes, bags and pallets over HTTP: numbering them, and reading the tree."""

from typing import cast

from fastapi import APIRouter, Depends, Request

from services.logistics.api.deps import (
    ConsolidationId,
    Forwarding,
    LogisticsReading,
    LogisticsTransaction,
    Looking,
)
from services.logistics.domain.handling_unit import HandlingUnit, UnitKind
from services.logistics.usecases.number_units import number_units
from services.logistics.usecases.queries import read_consolidation
from shared.contracts.logistics.consolidation_api import (
    HandlingUnitsReply,
    HandlingUnitView,
    NumberUnits,
)
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1/consolidations", tags=["consolidations"], route_class=DoorRoute)


@router.post(
    "/{consolidation_id}/handling-units",
    status_code=201,
    dependencies=[Depends(requires("logistics:write"))],
)
async def number(
    consolidation_id: ConsolidationId,
    body: NumberUnits,
    tx: LogisticsTransaction,
    forwarder: Forwarding,
    request: Request,
) -> HandlingUnitsReply:
    """Number boxes for parcels aboard, or a bag or pallet for boxes to stand in."""
    await read_consolidation(tx, consolidation_id=consolidation_id, viewer=forwarder)
    made = await number_units(
        tx,
        consolidation_id=consolidation_id,
        kind=UnitKind[body.kind.upper()],
        parent=body.parent,
        parcel_ids=body.parcel_ids,
        company_prefix=cast(str, request.app.state.gs1_company_prefix),
    )
    return _reply(made)


@router.get(
    "/{consolidation_id}/handling-units", dependencies=[Depends(requires("logistics:read"))]
)
async def tree(
    consolidation_id: ConsolidationId, tx: LogisticsReading, viewer: Looking
) -> HandlingUnitsReply:
    """Read what stands in what."""
    await read_consolidation(tx, consolidation_id=consolidation_id, viewer=viewer)
    return _reply(await tx.handling_units.of_consolidation(consolidation_id))


def _reply(units: list[HandlingUnit]) -> HandlingUnitsReply:
    return HandlingUnitsReply(units=tuple(_view(unit) for unit in units))


def _view(unit: HandlingUnit) -> HandlingUnitView:
    return HandlingUnitView.model_validate(
        {
            "sscc": unit.sscc,
            "kind": unit.kind.name.lower(),
            "parent": unit.parent,
            "parcel_id": unit.parcel_id,
        }
    )
