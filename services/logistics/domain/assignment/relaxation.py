"""The relaxation: shipments flow like water, units are still opened whole.

Volume and weight flow apart from each other, groups may be cut anywhere, and amounts are rounded
in the plan's favour (litres and kilograms, demand down, room up): every real plan is also a plan
here, so the proved bound of this small problem holds for the real one. What it opens and how much
of each group it puts where guides the rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.logistics.domain.assignment.eligibility import Component
from services.logistics.domain.assignment.request import PERMILLE, AssignmentRequest
from services.logistics.domain.parcel import Handling

MM3_PER_LITRE = 1_000_000
GRAMS_PER_KG = 1_000


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How long to search: seconds of the clock, and work that counts the same on every machine.

    The same seed and work give the same plan where the clock doesn't run out first.
    """

    seconds: float
    work: float
    seed: int


@dataclass(frozen=True, kw_only=True)
class Relaxed:
    """What the relaxation opens, how it fills, and the bound it proved; nothing where time ran out
    before there was a plan, and then the bound alone counts.
    """

    opened: tuple[int, ...]
    quotas: dict[tuple[int, int], int]
    bound_minor: int
    proved: bool


def relax(
    request: AssignmentRequest,
    component: Component,
    *,
    effort: Effort,
    room_permille: int = PERMILLE,
    hint: Sequence[int] = (),
) -> Relaxed | None:
    """Solve the relaxation of a component with this share of its room; None if nothing fits.

    The bound holds for the real problem only with the whole room. `hint` are units a plan uses.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    opened = {j: model.new_bool_var(f"open{j}") for j in component.units}
    _order_twins(model, request, component, opened)
    kinds = _kinds(model, request, component, opened)
    flows = _flows(
        model, request, component, opened, kinds, room_permille=room_permille, by_weight=False
    )
    if _weight_matters(request, component):
        _flows(
            model, request, component, opened, kinds, room_permille=room_permille, by_weight=True
        )
    model.minimize(sum(request.units[j].cost_minor * opened[j] for j in component.units))
    for j in component.units:
        model.add_hint(opened[j], j in set(hint))
    solver = cp_model.CpSolver()
    solver.parameters.random_seed = effort.seed
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = effort.seconds
    solver.parameters.max_deterministic_time = effort.work
    solver.parameters.linearization_level = 2
    status = solver.solve(model)
    bound_minor = -int(-solver.best_objective_bound // 1)
    if status == cp_model.INFEASIBLE:
        return None
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Relaxed(opened=(), quotas={}, bound_minor=bound_minor, proved=False)
    return Relaxed(
        opened=tuple(j for j in component.units if solver.boolean_value(opened[j])),
        quotas={
            key: solver.value(flow) * MM3_PER_LITRE
            for key, flow in flows.items()
            if solver.value(flow)
        },
        bound_minor=bound_minor,
        proved=status == cp_model.OPTIMAL,
    )


def _order_twins(
    model: Any, request: AssignmentRequest, component: Component, opened: dict[int, Any]
) -> None:
    """Open equal units of one departure in their order: they can stand for one another."""
    twins: dict[object, int] = {}
    for j in component.units:
        unit = request.units[j]
        key = (unit.origin, unit.destination, unit.cut_off_at, unit.arrives_at, unit.type.code)
        key += (unit.temperature, unit.cost_minor, unit.fill_permille)  # type: ignore[assignment]
        if key in twins:
            model.add_implication(opened[j], opened[twins[key]])
        twins[key] = j


def _kinds(
    model: Any, request: AssignmentRequest, component: Component, opened: dict[int, Any]
) -> dict[tuple[Handling, int], Any]:
    """Say which handlings are in which unit, where some may not meet, and keep those apart."""
    handlings = sorted({group.handling for group in component.groups}, key=repr)
    apart = [
        (one, other)
        for a, one in enumerate(handlings)
        for other in handlings[a + 1 :]
        if not request.may_meet(one, other)
    ]
    concerned = {one for pair in apart for one in pair}
    there: dict[tuple[Handling, int], Any] = {}
    for group in component.groups:
        if group.handling in concerned:
            for j in group.units:
                if (group.handling, j) not in there:
                    there[group.handling, j] = model.new_bool_var(f"kind{len(there)}")
                    model.add_implication(there[group.handling, j], opened[j])
    for one, other in apart:
        for j in component.units:
            if (one, j) in there and (other, j) in there:
                model.add_bool_or(there[one, j].negated(), there[other, j].negated())
    return there


def _flows(
    model: Any,
    request: AssignmentRequest,
    component: Component,
    opened: dict[int, Any],
    kinds: dict[tuple[Handling, int], Any],
    *,
    room_permille: int,
    by_weight: bool,
) -> dict[tuple[int, int], Any]:
    """Let each group's litres, or kilograms, flow into the units it may go in."""
    units, shipments = request.units, request.shipments
    room = {
        j: _ceil(units[j].payload_g, GRAMS_PER_KG)
        if by_weight
        else _ceil(units[j].room_mm3 * room_permille, PERMILLE * MM3_PER_LITRE)
        for j in component.units
    }
    flows: dict[tuple[int, int], Any] = {}
    into: dict[int, list[Any]] = {j: [] for j in component.units}
    for g, group in enumerate(component.groups):
        demand = (
            sum(shipments[i].gross_g for i in group.shipments) // GRAMS_PER_KG
            if by_weight
            else sum(shipments[i].volume_mm3 for i in group.shipments) // MM3_PER_LITRE
        )
        for j in group.units:
            most = min(demand, room[j])
            flow = model.new_int_var(0, most, f"flow{g}_{j}")
            flows[g, j] = flow
            into[j].append(flow)
            model.add(flow <= most * kinds.get((group.handling, j), opened[j]))
        model.add(sum(flows[g, j] for j in group.units) == demand)
    for j in component.units:
        if into[j]:
            model.add(sum(into[j]) <= room[j] * opened[j])
    return flows


def _weight_matters(request: AssignmentRequest, component: Component) -> bool:
    """Say whether the densest shipments that fill a unit could pass its payload."""
    shipments = [request.shipments[i] for group in component.groups for i in group.shipments]
    shipments.sort(key=lambda one: one.gross_g / one.volume_mm3, reverse=True)
    for j in component.units:
        room, gross_g = request.units[j].room_mm3, 0
        for one in shipments:
            gross_g += one.gross_g
            room -= one.volume_mm3
            if gross_g > request.units[j].payload_g:
                return True
            if room < 0:
                break
    return False


def _ceil(value: int, by: int) -> int:
    return -(-value // by)
