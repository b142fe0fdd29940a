"""The door of the load planner: one call, one checked plan."""

import time
from collections.abc import Callable, Sequence
from fractions import Fraction

from services.logistics.domain.packing.balance import balanced
from services.logistics.domain.packing.checker import faults_of
from services.logistics.domain.packing.loading_order import in_loading_order
from services.logistics.domain.packing.plan import LoadPlan, Placement
from services.logistics.domain.packing.refusals import check_request
from services.logistics.domain.packing.request import LoadRequest
from shared.kernel.errors import EroadError


class PlanFaulty(EroadError):
    """The planner broke a rule of its own; the plan is withheld."""

    code = "logistics.load-plan-faulty"
    help = "Please report the request; another seed will usually do meanwhile."


def plan_load(
    request: LoadRequest,
    *,
    seed: int = 0,
    seconds: float | None = None,
    work: int | None = None,
    elapsed: Callable[[], float] = time.monotonic,
) -> LoadPlan:
    """Return the best plan found within the limit of seconds or of work, whichever ends first.

    The same request, seed and work give the same plan; what seconds allow depends on the machine.
    Raises a Rejected with its own code when the request can't be planned at all.
    """
    started = elapsed()
    check_request(request)
    from services.logistics.domain.packing.engine.search import search

    found = search(request, seed=seed, seconds=seconds, work=work, elapsed=elapsed)
    boxes = balanced(found.boxes, request, seed=seed)
    return checked_plan(boxes, request, seed=seed, work=found.work, seconds=elapsed() - started)


def checked_plan(
    boxes: Sequence[Placement], request: LoadRequest, *, seed: int, work: int, seconds: float
) -> LoadPlan:
    """Return these boxes as a plan in loading order; raises PlanFaulty if it breaks a rule."""
    boxes = in_loading_order(boxes)
    plan = LoadPlan(
        placements=tuple(boxes),
        left_out=_left_out(boxes, request),
        utilisation=Fraction(sum(at.volume_mm3 for at in boxes), request.container.volume_mm3),
        seed=seed,
        work=work,
        seconds=seconds,
    )
    faults = faults_of(plan, request)
    if faults:
        raise PlanFaulty(f"{faults[0].code} {faults[0].sku}: {faults[0].detail}")
    return plan


def _left_out(boxes: Sequence[Placement], request: LoadRequest) -> dict[str, int]:
    left = {item.sku: item.quantity for item in request.items}
    for at in boxes:
        left[at.sku] -= 1
    return {sku: count for sku, count in left.items() if count}
