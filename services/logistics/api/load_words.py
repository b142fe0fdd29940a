"""Load plans in callers' words: what they ask, and what they are told."""

from services.logistics.domain.packing.fleet import FleetPlan
from services.logistics.domain.packing.plan import LoadPlan, Placement
from services.logistics.domain.packing.request import (
    ANY_SIDE_UP,
    SUPPORT_FULL,
    SUPPORT_NONE,
    Container,
    Item,
    LoadRequest,
    Side,
)
from shared.contracts.logistics.loading import (
    FleetPlanReply,
    LeftOut,
    LoadItem,
    LoadPlanReply,
    LoadWords,
    PlacementWords,
)


def load_request_of(words: LoadWords) -> LoadRequest:
    """Return what is asked for; whether it can be planned is the planner's to say."""
    return LoadRequest(
        container=Container(**words.container.model_dump()),
        items=tuple(_item_of(item) for item in words.items),
        support_permille=SUPPORT_FULL if words.support == "full" else SUPPORT_NONE,
        apart=frozenset(frozenset(pair) for pair in words.apart),
    )


def load_plan_reply(plan: LoadPlan) -> LoadPlanReply:
    return LoadPlanReply(
        placements=tuple(_placement(at) for at in plan.placements),
        left_out=tuple(LeftOut(sku=sku, quantity=left) for sku, left in plan.left_out.items()),
        utilisation=float(plan.utilisation),
        seconds=round(plan.seconds, 3),
        seed=plan.seed,
        work=plan.work,
    )


def fleet_plan_reply(fleet: FleetPlan) -> FleetPlanReply:
    return FleetPlanReply(
        plans=tuple(load_plan_reply(plan) for plan in fleet.plans),
        containers=len(fleet.plans),
        bound=fleet.bound,
        seconds=round(fleet.seconds, 3),
        seed=fleet.seed,
        work=fleet.work,
    )


def _item_of(words: LoadItem) -> Item:
    fields = words.model_dump(exclude={"upright"})
    upright = words.upright
    sides = ANY_SIDE_UP if upright is None else frozenset(Side(name) for name in upright)
    return Item(**fields, upright=sides)


def _placement(at: Placement) -> PlacementWords:
    return PlacementWords(
        sku=at.sku,
        x_mm=at.x_mm,
        y_mm=at.y_mm,
        z_mm=at.z_mm,
        dx_mm=at.dx_mm,
        dy_mm=at.dy_mm,
        dz_mm=at.dz_mm,
    )
