"""Assignments over HTTP: plan in another process, then pool under the usual rules."""

from fastapi import APIRouter, Depends

from services.logistics.api.deps import (
    Forwarding,
    LateTransaction,
    LogisticsStore,
    PlannersDesk,
)
from services.logistics.domain.assignment.checker import faults_of_assignment
from services.logistics.domain.assignment.request import Assignment, AssignmentRequest
from services.logistics.domain.assignment.solve import solve
from services.logistics.usecases.assign_parcels import Assigned, carry_out, gather
from services.logistics.usecases.queries import read_consolidation
from shared.contracts.event import MoneyWords
from shared.contracts.logistics.assignment_api import AssignedLine, AssignedReply, AssignParcels
from shared.kernel.errors import EroadError
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1/assignments", tags=["assignments"], route_class=DoorRoute)


class AssignmentFaulty(EroadError):
    """The planner broke a rule of its own; the plan is withheld."""

    code = "logistics.assignment-faulty"
    help = "Please report the request; another seed will usually do meanwhile."


@router.post("", dependencies=[Depends(requires("logistics:write"))])
async def assign(
    body: AssignParcels,
    store: LogisticsStore,
    open_transaction: LateTransaction,
    forwarder: Forwarding,
    planners: PlannersDesk,
) -> AssignedReply:
    """Put waiting parcels into open consolidations of yours at the least cost."""
    async with store.reading() as seen:
        for consolidation_id in body.consolidation_ids:
            await read_consolidation(seen, consolidation_id=consolidation_id, viewer=forwarder)
        request = await gather(seen, consolidation_ids=body.consolidation_ids)
    plan = await planners.plan(
        solve, request, seconds=float(body.seconds), seed=body.seed, work=body.work
    )
    faults = faults_of_assignment(plan, request)
    if faults:
        raise AssignmentFaulty(faults[0])
    if not body.carry_out:
        return _reply(request, Assigned(plan=plan, aboard=plan.unit_of, refusals={}), done=False)
    return _reply(request, await carry_out(await open_transaction(), plan=plan), done=True)


def _reply(request: AssignmentRequest, assigned: Assigned, *, done: bool) -> AssignedReply:
    plan: Assignment = assigned.plan
    lines = [
        AssignedLine(parcel_id=parcel_id, consolidation_id=consolidation_id)
        for parcel_id, consolidation_id in assigned.aboard.items()
    ]
    lines += [
        AssignedLine(parcel_id=parcel_id, code=refusal.code, detail=refusal.message)
        for parcel_id, refusal in assigned.refusals.items()
    ]
    lines += [
        AssignedLine(parcel_id=parcel_id, code=f"logistics.{obstacle.value}")
        for parcel_id, obstacle in plan.left_out.items()
    ]
    return AssignedReply(
        cost=MoneyWords(amount_minor=plan.cost_minor, currency=request.currency),
        bound=MoneyWords(amount_minor=plan.bound_minor, currency=request.currency),
        gap_permille=plan.gap_permille,
        proved=plan.proved,
        units_used=len(set(plan.unit_of.values())),
        carried_out=done,
        seed=plan.seed,
        lines=tuple(lines),
    )
