"""Consolidations over HTTP, at the hub that sends them: for forwarders and carriers."""

from fastapi import APIRouter, Depends, Response

from services.logistics.api.deps import (
    ConsolidationId,
    Forwarding,
    GateTolerance,
    LogisticsReading,
    LogisticsTransaction,
    Looking,
    ParcelId,
)
from services.logistics.api.views import consolidation_view, fairness_view, freight_view
from services.logistics.api.words import handling_of, lane_of, schedule_of, tariff_of
from services.logistics.domain.consolidation import Consolidation
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.add_parcels import Pooling, add_parcels
from services.logistics.usecases.depart_consolidation import depart_consolidation
from services.logistics.usecases.drop_parcels import drop_parcels
from services.logistics.usecases.hand_over_consolidation import hand_over_consolidation
from services.logistics.usecases.open_consolidation import open_consolidation
from services.logistics.usecases.queries import (
    read_consolidation,
    read_fairness,
    read_freight,
    visible_shares,
)
from services.logistics.usecases.remove_parcel import remove_parcel
from services.logistics.usecases.seal_consolidation import seal_consolidation
from shared.contracts.logistics.consolidation_api import (
    ConsolidationView,
    Depart,
    DropParcels,
    FairnessView,
    FreightView,
    HandOver,
    OpenConsolidation,
    PooledLine,
    PooledReply,
    PoolParcels,
    SealConsolidation,
)
from shared.kernel.money import Money
from shared.web.auth import requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

router = APIRouter(prefix="/v1/consolidations", tags=["consolidations"], route_class=DoorRoute)

READS = [Depends(requires("logistics:read"))]
WRITES = [Depends(requires("logistics:write"))]


@router.post("", status_code=201, dependencies=WRITES)
async def open_one(
    body: OpenConsolidation, tx: LogisticsTransaction, forwarder: Forwarding, response: Response
) -> ConsolidationView:
    """Open a pool on a lane, until its cut-off."""
    consolidation = await open_consolidation(
        tx,
        opened_by=forwarder.member_id,
        lane=lane_of(body),
        schedule=schedule_of(body),
        master_waybill=body.master_waybill,
        unit_no=body.unit_no,
        handling=handling_of(body.handling),
        tariff=tariff_of(body),
        unit_type=body.unit_type,
        unit_cost=(
            Money(body.unit_cost.amount_minor, body.unit_cost.currency) if body.unit_cost else None
        ),
    )
    response.headers["Location"] = f"/v1/consolidations/{consolidation.id}"
    return await _view(tx, consolidation)


@router.get("/{consolidation_id}", dependencies=READS)
async def read(
    consolidation_id: ConsolidationId, tx: LogisticsReading, viewer: Looking
) -> ConsolidationView:
    """Read one consolidation; weights and freight are known once it is sealed."""
    found = await read_consolidation(tx, consolidation_id=consolidation_id, viewer=viewer)
    return await _view(tx, found)


@router.get("", dependencies=READS)
async def page(
    tx: LogisticsReading, viewer: Looking, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None
) -> Page[ConsolidationView]:
    """List consolidations by id."""
    found = await tx.consolidations.page(
        opened_by=None if viewer.sees_all else viewer.member_id, after=after(cursor), limit=limit
    )
    return Page(
        items=[await _view(tx, one) for one in found],
        next_cursor=cursor_for([one.id for one in found], limit=limit),
    )


@router.get("/{consolidation_id}/freight", dependencies=READS)
async def freight(
    consolidation_id: ConsolidationId, tx: LogisticsReading, viewer: Looking
) -> FreightView:
    """What the parcels aboard pay as it stands, and what each would pay alone."""
    split, parcels = await read_freight(tx, consolidation_id=consolidation_id, viewer=viewer)
    return freight_view(split, visible_shares(split, parcels), parcels)


@router.get("/{consolidation_id}/fairness", dependencies=READS)
async def fairness(
    consolidation_id: ConsolidationId, tx: LogisticsReading, viewer: Looking
) -> FairnessView:
    """What each seller saves by pooling, and whether any group of them could do better."""
    judged, visible = await read_fairness(tx, consolidation_id=consolidation_id, viewer=viewer)
    return fairness_view(judged, visible)


@router.post("/{consolidation_id}/parcels", dependencies=WRITES)
async def add(
    consolidation_id: ConsolidationId,
    body: PoolParcels,
    tx: LogisticsTransaction,
    forwarder: Forwarding,
) -> PooledReply:
    """Put parcels in; each gets its own answer, and those that may are aboard."""
    await read_consolidation(tx, consolidation_id=consolidation_id, viewer=forwarder)
    return _pooled(
        await add_parcels(tx, consolidation_id=consolidation_id, parcel_ids=body.parcel_ids)
    )


@router.delete("/{consolidation_id}/parcels/{parcel_id}", dependencies=WRITES)
async def remove(
    consolidation_id: ConsolidationId,
    parcel_id: ParcelId,
    tx: LogisticsTransaction,
    forwarder: Forwarding,
) -> ConsolidationView:
    """Take a parcel out before the unit is sealed."""
    found = await read_consolidation(tx, consolidation_id=consolidation_id, viewer=forwarder)
    await remove_parcel(tx, consolidation_id=consolidation_id, parcel_id=parcel_id)
    return await _view(tx, found)


@router.post("/{consolidation_id}/seal", dependencies=WRITES)
async def seal(
    consolidation_id: ConsolidationId,
    body: SealConsolidation,
    tx: LogisticsTransaction,
    forwarder: Forwarding,
) -> ConsolidationView:
    """Close, weigh, price and seal the unit; export customs begins."""
    await read_consolidation(tx, consolidation_id=consolidation_id, viewer=forwarder)
    sealed = await seal_consolidation(tx, consolidation_id=consolidation_id, seals=body.seals)
    return await _view(tx, sealed)


@router.post("/{consolidation_id}/drop", dependencies=WRITES)
async def drop(
    consolidation_id: ConsolidationId,
    body: DropParcels,
    tx: LogisticsTransaction,
    forwarder: Forwarding,
) -> ConsolidationView:
    """Leave parcels behind at the gate: the rest is weighed, priced and sealed anew."""
    await read_consolidation(tx, consolidation_id=consolidation_id, viewer=forwarder)
    sealed = await drop_parcels(
        tx,
        consolidation_id=consolidation_id,
        parcel_ids=body.parcel_ids,
        seals=body.seals,
        reason=body.reason,
    )
    return await _view(tx, sealed)


@router.post("/{consolidation_id}/hand-over", dependencies=WRITES)
async def hand_over(
    consolidation_id: ConsolidationId,
    body: HandOver,
    tx: LogisticsTransaction,
    forwarder: Forwarding,
    tolerance: GateTolerance,
) -> ConsolidationView:
    """Give the unit to its carrier at the weight its scales show; its freight is final then."""
    await read_consolidation(tx, consolidation_id=consolidation_id, viewer=forwarder)
    handed = await hand_over_consolidation(
        tx,
        consolidation_id=consolidation_id,
        gate_weight_g=body.gate_weight_g,
        tolerance_permille=tolerance,
    )
    return await _view(tx, handed)


@router.post("/{consolidation_id}/depart", dependencies=WRITES)
async def depart(
    consolidation_id: ConsolidationId,
    body: Depart,
    tx: LogisticsTransaction,
    forwarder: Forwarding,
    tolerance: GateTolerance,
) -> ConsolidationView:
    """Leave, once customs released the unit; hands it over first where that is still open."""
    await read_consolidation(tx, consolidation_id=consolidation_id, viewer=forwarder)
    departed = await depart_consolidation(
        tx,
        consolidation_id=consolidation_id,
        gate_weight_g=body.gate_weight_g,
        tolerance_permille=tolerance,
    )
    return await _view(tx, departed)


async def _view(tx: LogisticsTx, consolidation: Consolidation) -> ConsolidationView:
    aboard = await tx.parcels.count_aboard(consolidation.id)
    return consolidation_view(consolidation, aboard=aboard)


def _pooled(pooling: Pooling) -> PooledReply:
    lines = [
        PooledLine(
            parcel_id=parcel_id,
            pooled=refusal is None,
            code=refusal.code if refusal else None,
            detail=refusal.message if refusal else None,
        )
        for parcel_id, refusal in pooling.refusals.items()
    ]
    return PooledReply(lines=tuple(lines), aboard=pooling.aboard)
