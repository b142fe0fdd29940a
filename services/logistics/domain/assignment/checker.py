"""The independent judge of an assignment: it knows the rules and nothing of how it was found."""

from collections import Counter
from collections.abc import Iterator

from services.logistics.domain.assignment.request import (
    Assignment,
    AssignmentRequest,
    Shipment,
    Unit,
)


def faults_of_assignment(plan: Assignment, request: AssignmentRequest) -> tuple[str, ...]:
    """Return every rule that the plan breaks, as sentences; none means that it may be used."""
    shipments = {one.id: one for one in request.shipments}
    units = {unit.id: unit for unit in request.units}
    inside: dict[str, list[Shipment]] = {}
    for shipment_id, unit_id in plan.unit_of.items():
        if shipment_id in shipments and unit_id in units:
            inside.setdefault(unit_id, []).append(shipments[shipment_id])
    return (
        *_miscounted(plan, shipments, units),
        *(fault for unit_id, aboard in inside.items() for fault in _unit(units[unit_id], aboard)),
        *(
            f"{unit_id}: {one.id} may not meet {other.id}"
            for unit_id, aboard in inside.items()
            for one, other in _meeting(request, aboard)
        ),
        *_money(plan, units),
    )


def _miscounted(
    plan: Assignment, shipments: dict[str, Shipment], units: dict[str, Unit]
) -> Iterator[str]:
    counted = Counter([*plan.unit_of, *plan.left_out])
    for shipment_id in sorted(set(counted) | set(shipments)):
        if counted[shipment_id] != 1 or shipment_id not in shipments:
            yield f"{shipment_id} is counted {counted[shipment_id]} times"
    yield from (f"there is no unit {unit}" for unit in set(plan.unit_of.values()) - set(units))


def _unit(unit: Unit, aboard: list[Shipment]) -> Iterator[str]:
    for one in aboard:
        if (one.origin, one.destination) != (unit.origin, unit.destination):
            yield f"{unit.id}: {one.id} goes elsewhere"
        if one.ready_at >= unit.cut_off_at:
            yield f"{unit.id}: {one.id} comes after the cut-off"
        if one.due_at is not None and unit.arrives_at > one.due_at:
            yield f"{unit.id}: {one.id} arrives after its promise"
        if one.handling.temperature is not unit.temperature:
            yield f"{unit.id}: {one.id} needs another temperature"
        if unit.handling not in {None, one.handling}:
            yield f"{unit.id}: {one.id} needs other handling"
        if not unit.type.takes(one.size):
            yield f"{unit.id}: {one.id} does not pass the door"
    volume = sum(one.volume_mm3 for one in aboard)
    if volume > unit.room_mm3:
        yield f"{unit.id}: {volume} mm3 are more than {unit.room_mm3}"
    gross_g = sum(one.gross_g for one in aboard)
    if gross_g > unit.payload_g:
        yield f"{unit.id}: {gross_g} g are more than {unit.payload_g}"


def _meeting(
    request: AssignmentRequest, aboard: list[Shipment]
) -> Iterator[tuple[Shipment, Shipment]]:
    """Yield one pair of shipments for each two handlings that may not meet."""
    first: dict[object, list[Shipment]] = {}
    for one in aboard:
        first.setdefault(one.handling, []).append(one)
    samples = [(group[0], group[-1]) for group in first.values()]
    for a, (one, last) in enumerate(samples):
        if one is not last and not request.may_meet(one.handling, last.handling):
            yield one, last
        for other, _ in samples[a + 1 :]:
            if not request.may_meet(one.handling, other.handling):
                yield one, other


def _money(plan: Assignment, units: dict[str, Unit]) -> Iterator[str]:
    cost = sum(units[unit].cost_minor for unit in set(plan.unit_of.values()) if unit in units)
    if cost != plan.cost_minor:
        yield f"the plan costs {cost}, not {plan.cost_minor}"
    if plan.bound_minor > plan.cost_minor:
        yield f"the bound {plan.bound_minor} is above the cost {plan.cost_minor}"
