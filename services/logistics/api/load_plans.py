"""Load plans over HTTP: of any boxes in any container, and of what is aboard a consolidation."""

from fastapi import APIRouter, Depends

from services.logistics.api.deps import (
    ConsolidationId,
    Forwarding,
    LateTransaction,
    LogisticsReading,
    LogisticsStore,
    Looking,
    PlannersDesk,
)
from services.logistics.api.load_words import fleet_plan_reply, load_plan_reply, load_request_of
from services.logistics.domain.packing.fleet import plan_fleet
from services.logistics.domain.packing.planner import plan_load
from services.logistics.store.load_plans import KeptPlan
from services.logistics.usecases.plan_loading import gather_load, is_stale, keep_load_plan
from services.logistics.usecases.queries import read_consolidation
from shared.contracts.logistics.load_plan_api import ConsolidationPlanView, PlanConsolidation
from shared.contracts.logistics.loading import FleetPlanReply, LoadPlanReply, PlanFleet, PlanLoad
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1", tags=["load plans"], route_class=DoorRoute)

READS = [Depends(requires("logistics:read"))]
WRITES = [Depends(requires("logistics:write"))]


@router.post("/load-plans", dependencies=READS)
async def plan_any(body: PlanLoad, planners: PlannersDesk) -> LoadPlanReply:
    """Plan boxes into a container; nothing is kept, and every plan was checked."""
    plan = await planners.plan(
        plan_load,
        load_request_of(body),
        seed=body.seed,
        seconds=body.seconds,
        work=body.work,
    )
    return load_plan_reply(plan)


@router.post("/fleet-plans", dependencies=READS)
async def plan_several(body: PlanFleet, planners: PlannersDesk) -> FleetPlanReply:
    """Plan boxes into as few equal containers as are found; nothing is kept."""
    fleet = await planners.plan(plan_fleet, load_request_of(body), seed=body.seed, work=body.work)
    return fleet_plan_reply(fleet)


@router.post("/consolidations/{consolidation_id}/load-plan", dependencies=WRITES)
async def plan_aboard(
    consolidation_id: ConsolidationId,
    body: PlanConsolidation,
    store: LogisticsStore,
    open_transaction: LateTransaction,
    forwarder: Forwarding,
    planners: PlannersDesk,
) -> ConsolidationPlanView:
    """Plan how what is aboard stands in the unit, and keep the plan; plan anew after a drop."""
    async with store.reading() as seen:
        await read_consolidation(seen, consolidation_id=consolidation_id, viewer=forwarder)
        request = await gather_load(seen, consolidation_id=consolidation_id)
    plan = await planners.plan(
        plan_load, request, seed=body.seed, seconds=body.seconds, work=body.work
    )
    kept = await keep_load_plan(
        await open_transaction(),
        consolidation_id=consolidation_id,
        planned=[item.sku for item in request.items],
        plan=load_plan_reply(plan).model_dump(mode="json"),
    )
    return _view(kept, stale=False)


@router.get("/consolidations/{consolidation_id}/load-plan", dependencies=READS)
async def read(
    consolidation_id: ConsolidationId, tx: LogisticsReading, viewer: Looking
) -> ConsolidationPlanView:
    """Read the newest plan, and whether it still is for those aboard."""
    await read_consolidation(tx, consolidation_id=consolidation_id, viewer=viewer)
    kept = await tx.load_plans.get(consolidation_id)
    return _view(kept, stale=await is_stale(tx, kept))


def _view(kept: KeptPlan, *, stale: bool) -> ConsolidationPlanView:
    return ConsolidationPlanView(
        consolidation_id=kept.consolidation_id,
        of_version=kept.of_version,
        planned_at=kept.planned_at,
        stale=stale,
        plan=LoadPlanReply.model_validate(kept.plan),
    )
