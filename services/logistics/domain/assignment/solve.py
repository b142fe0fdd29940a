"""Find a plan: a first one at once, a proved bound beside it, and better ones until time is up."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter

from services.logistics.domain.assignment.eligibility import (
    Component,
    Group,
    components,
    group_alike,
)
from services.logistics.domain.assignment.relaxation import Effort, relax
from services.logistics.domain.assignment.request import (
    PERMILLE,
    Assignment,
    AssignmentRequest,
    Obstacle,
)
from services.logistics.domain.assignment.rounding import fill, save_units
from services.logistics.domain.assignment.stowage import Stowage

ROOMS_PERMILLE = (1_000, 990, 975, 950, 925)
"""How much of the room the relaxation may fill, in turn: shipments fill it less well than water."""
SECONDS_MIN = 0.05
SECONDS_MAX = 600.0
WORK_MAX = 1e9


@dataclass(kw_only=True)
class _Best:
    """The best plan of one component so far; indices of shipments and units."""

    unit_of: Mapping[int, int]
    left_out: tuple[int, ...]
    cost_minor: int
    bound_minor: int = 0
    proved: bool = False

    @property
    def rank(self) -> tuple[int, int]:
        return (len(self.left_out), self.cost_minor)


def solve(
    request: AssignmentRequest, *, seconds: float, seed: int = 0, work: float | None = None
) -> Assignment:
    """Return the best plan found within the seconds, and within the work if a limit is given.

    Shipments no unit can take are left out with the reason; so are those there is no room for.
    """
    started = perf_counter()
    until = started + min(seconds, SECONDS_MAX)
    groups, obstacles = group_alike(request)
    parts = components(groups, len(request.units))
    bests = [_first(request, groups, part) for part in parts]
    sizes = [sum(len(group.shipments) for group in part.groups) for part in parts]
    for place in sorted(range(len(parts)), key=sizes.__getitem__):
        share = sizes[place] / sum(sizes)  # of what is left: what was unused goes to the others
        effort = Effort(
            seconds=max(SECONDS_MIN, (until - perf_counter()) * share),
            work=(WORK_MAX if work is None else work) * share,
            seed=seed,
        )
        _improve(request, groups, parts[place], bests[place], effort)
        sizes[place] = 0
    return _assignment(request, bests, obstacles, seed=seed, seconds=perf_counter() - started)


def _first(request: AssignmentRequest, groups: list[Group], part: Component) -> _Best:
    return _round(request, groups, part, opened=(), quotas={})


def _round(
    request: AssignmentRequest,
    groups: list[Group],
    part: Component,
    *,
    opened: tuple[int, ...],
    quotas: dict[tuple[int, int], int],
) -> _Best:
    stowage = Stowage(request, groups)
    left_out = fill(stowage, part, opened=opened, quotas=quotas)
    save_units(stowage, part)
    return _Best(
        unit_of=dict(stowage.unit_of),
        left_out=tuple(left_out),
        cost_minor=stowage.cost(part.units),
    )


def _improve(
    request: AssignmentRequest, groups: list[Group], part: Component, best: _Best, effort: Effort
) -> None:
    """Bound the component and round what the relaxation opens, with ever less room to fill."""
    until = perf_counter() + effort.seconds
    bounded = _placed_only(part, best) if best.left_out else part
    for room_permille in ROOMS_PERMILLE:
        if best.proved and best.cost_minor == best.bound_minor:
            return
        first = room_permille == PERMILLE
        left_s = until - perf_counter()
        if left_s <= 0:
            return
        relaxed = relax(
            request,
            bounded,
            effort=replace(
                effort,
                seconds=left_s * (0.6 if first else 0.5),
                work=effort.work * (0.6 if first else 0.1),
            ),
            room_permille=room_permille,
            hint=sorted(set(best.unit_of.values())),
        )
        if relaxed is None:
            continue
        if first:
            best.bound_minor, best.proved = max(0, relaxed.bound_minor), relaxed.proved
        if not relaxed.opened:
            continue
        tried = _round(request, groups, bounded, opened=relaxed.opened, quotas=relaxed.quotas)
        if len(tried.left_out) == 0 and tried.cost_minor < best.cost_minor:
            best.unit_of, best.cost_minor = tried.unit_of, tried.cost_minor


def _placed_only(part: Component, best: _Best) -> Component:
    """Return the component without those there was no room for: the bound is for the others."""
    out = set(best.left_out)
    groups = [
        replace(group, shipments=[i for i in group.shipments if i not in out])
        for group in part.groups
    ]
    return Component([group for group in groups if group.shipments], part.units)


def _assignment(
    request: AssignmentRequest,
    bests: list[_Best],
    obstacles: dict[str, Obstacle],
    *,
    seed: int,
    seconds: float,
) -> Assignment:
    shipments, units = request.shipments, request.units
    no_room = {shipments[i].id: Obstacle.NO_ROOM for best in bests for i in best.left_out}
    return Assignment(
        unit_of={shipments[i].id: units[j].id for best in bests for i, j in best.unit_of.items()},
        left_out={**obstacles, **no_room},
        cost_minor=sum(best.cost_minor for best in bests),
        bound_minor=sum(best.bound_minor for best in bests),
        seed=seed,
        seconds=seconds,
        proved=all(best.proved for best in bests),
    )
