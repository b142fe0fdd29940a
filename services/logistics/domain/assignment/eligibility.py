"""Which units could take each shipment, and which shipments are alike in that.

Alike means: the same handling and the same units to choose from. Alike shipments differ only in
size and weight, so the relaxation can treat them as one flow; that is what makes thousands of
shipments a small problem. Groups that share no unit, directly or through others, never meet:
each such component is a problem of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.logistics.domain.assignment.request import (
    AssignmentRequest,
    Obstacle,
    Shipment,
    Unit,
)
from services.logistics.domain.parcel import Handling
from services.logistics.domain.weights import Dimensions


@dataclass(slots=True)
class Group:
    """Shipments (by index) of one handling that may go in the same units (by index)."""

    handling: Handling
    units: tuple[int, ...]
    shipments: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Component:
    """Groups and units that have to be decided together."""

    groups: list[Group]
    units: list[int]


class Doors:
    """Remembers which sizes pass which unit's door: parcels come in few sizes, units in fewer."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Dimensions], bool] = {}

    def takes(self, unit: Unit, size: Dimensions) -> bool:
        key = (unit.type.code, size)
        if key not in self._known:
            self._known[key] = unit.type.takes(size)
        return self._known[key]


def group_alike(
    request: AssignmentRequest,
) -> tuple[list[Group], dict[str, Obstacle]]:
    """Return the groups in the order of the request, and why some shipments go nowhere."""
    doors = Doors()
    by_lane: dict[tuple[str, str], list[int]] = {}
    for index, unit in enumerate(request.units):
        by_lane.setdefault((unit.origin, unit.destination), []).append(index)
    groups: dict[tuple[Handling, tuple[int, ...]], Group] = {}
    left_out: dict[str, Obstacle] = {}
    for index, shipment in enumerate(request.shipments):
        lane = by_lane.get((shipment.origin, shipment.destination), [])
        found = _eligible(shipment, lane, request.units, doors)
        if isinstance(found, Obstacle):
            left_out[shipment.id] = found
            continue
        key = (shipment.handling, found)
        groups.setdefault(key, Group(shipment.handling, found)).shipments.append(index)
    return list(groups.values()), left_out


def _eligible(
    shipment: Shipment, lane: Sequence[int], units: Sequence[Unit], doors: Doors
) -> tuple[int, ...] | Obstacle:
    """Return the units left after every condition, or the first condition that leaves none."""
    due_at = shipment.due_at
    left = list(lane)
    if not left:
        return Obstacle.NO_LANE
    left = [j for j in left if units[j].temperature is shipment.handling.temperature]
    if not left:
        return Obstacle.TEMPERATURE
    left = [j for j in left if units[j].handling in {None, shipment.handling}]
    if not left:
        return Obstacle.HANDLING
    left = [j for j in left if shipment.ready_at < units[j].cut_off_at]
    if not left:
        return Obstacle.TOO_LATE
    left = [j for j in left if due_at is None or units[j].arrives_at <= due_at]
    if not left:
        return Obstacle.PROMISE
    left = [j for j in left if doors.takes(units[j], shipment.size)]
    if not left:
        return Obstacle.DOOR
    left = [j for j in left if shipment.gross_g <= units[j].payload_g]
    if not left:
        return Obstacle.TOO_HEAVY
    left = [j for j in left if shipment.volume_mm3 <= units[j].room_mm3]
    return tuple(left) if left else Obstacle.NO_ROOM


def components(groups: Sequence[Group], unit_count: int) -> list[Component]:
    """Part groups and units into components, in the order of their first units."""
    parent = list(range(unit_count))

    def root(j: int) -> int:
        while parent[j] != j:
            parent[j] = parent[parent[j]]
            j = parent[j]
        return j

    for group in groups:
        first = root(group.units[0])
        for j in group.units[1:]:
            parent[max(first, root(j))] = min(first, root(j))
            first = root(first)
    found: dict[int, Component] = {}
    for group in groups:
        found.setdefault(root(group.units[0]), Component([], [])).groups.append(group)
    for j in range(unit_count):
        if root(j) in found:
            found[root(j)].units.append(j)
    return list(found.values())
