"""5,000 shipments onto 60 units: how soon a plan, how near the proved bound, in how much memory.

    python -m tests.bench assignment

Requests are drawn from seeds (tests/builders/assignments.py): four lanes, three departures each,
dry and refrigerated containers, five classes of dangerous goods, bonded goods, promised dates. Each
plan is judged by the independent checker. Beside it the same request by first fit decreasing, and
by the direct model that gives every shipment a yes-or-no per unit, with the same solver.
"""

import platform
import resource
from time import perf_counter, process_time
from typing import Any

from services.logistics.domain.assignment.checker import faults_of_assignment
from services.logistics.domain.assignment.eligibility import group_alike
from services.logistics.domain.assignment.request import AssignmentRequest, Obstacle
from services.logistics.domain.assignment.solve import solve
from tests.builders.assignments import drawn_request

SHIPMENTS, UNITS = 5_000, 60
SEEDS = (1, 2, 3, 4, 5, 6, 7, 8)
WORK = 45.0
"""The solver's own measure, about a second of CPU time each: a clock measures neighbours."""
SECONDS_MAX = 600.0
TARGETS = {"first_plan_cpu_s": 5.0, "cpu_s": 60.0, "gap_permille": 50, "memory_mb": 1_000}
KB_PER_MB = 1024


def run(scale: float = 1.0) -> dict[str, Any]:
    """Measure; `scale` 1 takes some minutes, most of them for the direct model."""
    shipments = max(60, round(SHIPMENTS * scale))
    units = UNITS if scale >= 1 else 12
    seeds = SEEDS if scale >= 1 else SEEDS[:1]
    rows = [_measure(shipments, units, seed, WORK * min(1.0, scale)) for seed in seeds]
    direct = _direct(drawn_request(shipments, units, seed=1), WORK * min(1.0, scale))
    return {
        "what": f"{shipments} shipments onto {units} units",
        "python": platform.python_version(),
        "first_plan_cpu_s_max": max(row["first_plan_cpu_s"] for row in rows),
        "cpu_s_max": max(row["cpu_s"] for row in rows),
        "cpu_us_per_shipment_max": round(max(row["cpu_s"] for row in rows) / shipments * 1e6),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KB_PER_MB,
        "gaps_permille": [row["gap_permille"] for row in rows],
        "rows": rows,
        "baseline_direct_model": direct,
        "targets": TARGETS,
    }


def _measure(shipments: int, units: int, seed: int, work: float) -> dict[str, Any]:
    request = drawn_request(shipments, units, seed=seed)
    cpu = process_time()
    first = solve(request, seconds=0.0, seed=seed)
    first_cpu_s = process_time() - cpu
    cpu, wall = process_time(), perf_counter()
    plan = solve(request, seconds=SECONDS_MAX, seed=seed, work=work)
    cpu_s, wall_s = process_time() - cpu, perf_counter() - wall
    faults = [*faults_of_assignment(first, request), *faults_of_assignment(plan, request)]
    assert not faults, faults[:3]
    return {
        "seed": seed,
        "placed": len(plan.unit_of),
        "no_room": sum(1 for why in plan.left_out.values() if why is Obstacle.NO_ROOM),
        "first_plan_cpu_s": round(first_cpu_s, 2),
        "first_plan_cost_minor": first.cost_minor,
        "cpu_s": round(cpu_s, 2),
        "wall_s": round(wall_s, 2),
        "cost_minor": plan.cost_minor,
        "bound_minor": plan.bound_minor,
        "gap_permille": plan.gap_permille,
        "proved": plan.proved,
    }


def _direct(request: AssignmentRequest, work: float) -> dict[str, Any]:
    """Solve the textbook model: a yes-or-no for each shipment and each unit that suits it."""
    from ortools.sat.python import cp_model

    groups, _ = group_alike(request)
    model = cp_model.CpModel()
    opened = [model.new_bool_var("") for _ in request.units]
    inside: list[list[tuple[int, Any]]] = [[] for _ in request.units]
    placed = []
    for group in groups:
        for i in group.shipments:
            into = {j: model.new_bool_var("") for j in group.units}
            placed.append(sum(into.values()))
            model.add(placed[-1] <= 1)
            for j, yes in into.items():
                inside[j].append((i, yes))
                model.add_implication(yes, opened[j])
    for j, unit in enumerate(request.units):
        model.add(
            sum(request.shipments[i].volume_mm3 // 1_000 * yes for i, yes in inside[j])
            <= unit.room_mm3 // 1_000
        )
    cost = sum(u.cost_minor * yes for u, yes in zip(request.units, opened, strict=True))
    missed = len(placed) - sum(placed)
    model.minimize(cost + sum(u.cost_minor for u in request.units) * missed)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = SECONDS_MAX
    solver.parameters.max_deterministic_time = work
    solver.parameters.num_workers = 1
    cpu = process_time()
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return {
        "note": "volume only: no weights, no segregation, so an easier problem",
        "found": found,
        "cpu_s": round(process_time() - cpu, 2),
        "cost_minor": int(solver.value(cost)) if found else 0,
        "left_out": int(solver.value(missed)) if found else len(placed),
        "bound_minor": max(0, int(solver.best_objective_bound)),
    }
