"""Whether given boxes can stand in a container at all: asked of CP-SAT, which proves what it says.

Slow, and only for a handful of boxes: it judges the planner from outside and shares nothing with
it but the request. Stacks, weights and drops are not its matter.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ortools.sat.python import cp_model

from services.logistics.domain.packing.request import SUPPORT_NONE, LoadRequest, Size

AXES = range(3)


@dataclass(frozen=True)
class _Box:
    kind: int
    ways: tuple[Size, ...]
    way: list[Any]
    low: list[Any]
    high: list[Any]


def can_stand(request: LoadRequest, counts: Sequence[int], *, seconds: float) -> bool | None:
    """Say whether `counts` boxes of each kind fit into one container together; None: not known.

    With `support_permille` above 0 every base must rest wholly on the floor or on boxes. The
    seconds are the clock's, of one thread.
    """
    size = request.container.size
    extents = _extents(request, counts)
    reach = [max(_sums(extents[axis], size[axis])) for axis in AXES]
    supported = request.support_permille > SUPPORT_NONE
    model = cp_model.CpModel()
    boxes = [
        _boxed(model, kind, item.orientations_in(request.container), size)
        for kind, item in enumerate(request.items)
        for _ in range(counts[kind])
    ]
    if any(not box.ways for box in boxes):
        return False
    for axis in AXES:
        places = _places(extents[axis], size[axis], pushed=axis == 2 or not supported)
        for box in boxes:
            model.add_linear_expression_in_domain(box.low[axis], places)
        _spread(model, boxes, axis, reach)
    _keep_apart(model, boxes, size)
    if supported:
        _support(model, boxes, size)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = seconds
    status = solver.solve(model)
    known = {cp_model.OPTIMAL: True, cp_model.FEASIBLE: True, cp_model.INFEASIBLE: False}
    return known.get(status)


def _extents(request: LoadRequest, counts: Sequence[int]) -> list[dict[int, int]]:
    """Return per axis how many boxes may have each extent along it."""
    extents: list[dict[int, int]] = [defaultdict(int) for _ in AXES]
    for item, count in zip(request.items, counts, strict=True):
        for axis in AXES:
            for extent in {way[axis] for way in item.orientations_in(request.container)}:
                extents[axis][extent] += count
    return extents


def _sums(extents: dict[int, int], most: int) -> set[int]:
    """Return what rows of boxes can come to, up to `most`."""
    sums = {0}
    for extent, count in extents.items():
        sums = {s + n * extent for s in sums for n in range(count + 1) if s + n * extent <= most}
    return sums


def _places(extents: dict[int, int], size: int, *, pushed: bool) -> cp_model.Domain:
    """Return where boxes may begin along an axis.

    Boxes can be pushed together until each lies at a sum of extents; and stand on others anyway.
    Where a push could leave a base without support, the sides' common divisor is all there is:
    places rounded down to its multiples keep every order, contact and overlap.
    """
    if pushed:
        return cp_model.Domain.from_values(sorted(_sums(extents, size)))
    return cp_model.Domain.from_values(list(range(0, size, math.gcd(*extents))))


def _boxed(model: cp_model.CpModel, kind: int, ways: tuple[Size, ...], size: Size) -> _Box:
    way = [model.new_bool_var("") for _ in ways]
    model.add_exactly_one(way)
    low = [model.new_int_var(0, size[axis], "") for axis in AXES]
    high = [model.new_int_var(0, size[axis], "") for axis in AXES]
    for axis in AXES:
        extent = sum(each[axis] * taken for each, taken in zip(ways, way, strict=True))
        model.add(high[axis] == low[axis] + extent)
    return _Box(kind, ways, way, low, high)


def _spread(
    model: cp_model.CpModel, boxes: Sequence[_Box], axis: int, reach: Sequence[int]
) -> None:
    """Every line along an axis crosses boxes that are no longer together than the container.

    How much of the cross-section is crossed by each possible row must add up to the boxes' own
    cross-sections. Implied by the rest, and what proves most that can't be: rows leave gaps.
    """
    across = [reach[other] for other in AXES if other != axis]
    found: dict[int, Any] = defaultdict(int)
    for box in boxes:
        for way, taken in zip(box.ways, box.way, strict=True):
            section = math.prod(way[other] for other in AXES if other != axis)
            found[way[axis]] += section * taken
    rows = list(_rows(sorted(found), reach[axis]))
    share = [model.new_int_var(0, math.prod(across), "") for _ in rows]
    model.add(sum(share) == math.prod(across))
    for at, extent in enumerate(sorted(found)):
        crossed = sum(row[at] * part for row, part in zip(rows, share, strict=True))
        model.add(crossed == found[extent])


def _rows(extents: Sequence[int], most: int) -> Iterator[tuple[int, ...]]:
    """Yield how many boxes of each extent may lie in one row."""
    if not extents:
        yield ()
        return
    for count in range(most // extents[0] + 1):
        for rest in _rows(extents[1:], most - count * extents[0]):
            yield (count, *rest)


def _keep_apart(model: cp_model.CpModel, boxes: Sequence[_Box], size: Size) -> None:
    """No two boxes overlap; of equal ones the first lies first, so that none is tried twice."""
    for at, one in enumerate(boxes):
        for other in boxes[at + 1 :]:
            apart = []
            for first, second in ((one, other), (other, one)):
                for axis in AXES:
                    before = model.new_bool_var("")
                    model.add(first.high[axis] <= second.low[axis]).only_enforce_if(before)
                    apart.append(before)
            model.add_bool_or(apart)
    for one, other in pairwise(boxes):
        if one.kind == other.kind:
            model.add(_rank(one, size) <= _rank(other, size))


def _rank(box: _Box, size: Size) -> Any:
    return (box.low[0] * size[1] + box.low[1]) * size[2] + box.low[2]


def _support(model: cp_model.CpModel, boxes: Sequence[_Box], size: Size) -> None:
    """Every base rests with its whole area on the floor or on tops at its height."""
    area_most = size[0] * size[1]
    for box in boxes:
        on_floor = model.new_bool_var("")
        model.add(box.low[2] == 0).only_enforce_if(on_floor)
        base = sum(way[0] * way[1] * taken for way, taken in zip(box.ways, box.way, strict=True))
        carried = []
        for below in boxes:
            if below is box:
                continue
            carries = model.new_bool_var("")
            model.add(below.high[2] == box.low[2]).only_enforce_if(carries)
            sides = [_overlap(model, box, below, axis, size[axis]) for axis in (0, 1)]
            area = model.new_int_var(0, area_most, "")
            model.add_multiplication_equality(area, sides)
            part = model.new_int_var(0, area_most, "")
            model.add(part == area).only_enforce_if(carries)
            model.add(part == 0).only_enforce_if(carries.negated())
            carried.append(part)
        model.add(sum(carried) == base).only_enforce_if(on_floor.negated())


def _overlap(model: cp_model.CpModel, one: _Box, other: _Box, axis: int, size: int) -> Any:
    low, high, side = (model.new_int_var(0, size, "") for _ in range(3))
    model.add_max_equality(low, [one.low[axis], other.low[axis]])
    model.add_min_equality(high, [one.high[axis], other.high[axis]])
    model.add_max_equality(side, [high - low, 0])
    return side
