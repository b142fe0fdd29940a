"""The independent judge of a plan: it knows the rules and nothing of how a plan was made."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from services.logistics.domain.packing.plan import LoadPlan, Placement
from services.logistics.domain.packing.request import Item, LoadRequest


class FaultCode(StrEnum):
    """Each rule that a plan can break."""

    UNKNOWN = "unknown-item"
    MISCOUNTED = "miscounted"
    UTILISATION = "utilisation-wrong"
    OUTSIDE = "outside"
    OVERLAP = "overlap"
    ORIENTATION = "orientation"
    DOOR = "door"
    SUPPORT = "support"
    ORDER = "loading-order"
    WEIGHT = "payload"
    BALANCE = "balance"
    BEARING = "bears-too-much"
    STACK = "stacked-too-high"
    SEGREGATION = "segregation"
    DROP = "drop-order"


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule: which, whose, and how."""

    code: FaultCode
    sku: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Box:
    """A placement together with the item it is one of."""

    step: int
    at: Placement
    item: Item


def faults_of(plan: LoadPlan, request: LoadRequest) -> tuple[Fault, ...]:
    """Return every rule that the plan breaks; an empty tuple means that it may be loaded."""
    items = {item.sku: item for item in request.items}
    boxes = [
        _Box(step, at, items[at.sku]) for step, at in enumerate(plan.placements) if at.sku in items
    ]
    below = _carriers(boxes)
    return (
        *_uncounted(plan, request, items),
        *_misplaced(boxes, request),
        *_overlaps(boxes),
        *_unsupported(boxes, below, request),
        *_overweight(boxes, request),
        *_overloaded(boxes, below),
        *_stacked_too_high(boxes, below),
        *_unsegregated(boxes, request),
        *_out_of_drop_order(boxes),
    )


def _uncounted(plan: LoadPlan, request: LoadRequest, items: dict[str, Item]) -> Iterator[Fault]:
    placed = Counter(at.sku for at in plan.placements)
    for sku in sorted(set(placed) | set(plan.left_out)):
        if sku not in items:
            yield Fault(FaultCode.UNKNOWN, sku, "is not in the request")
    for sku, item in items.items():
        left = plan.left_out.get(sku, 0)
        if left < 0 or placed[sku] + left != item.quantity:
            detail = f"{placed[sku]} placed and {left} left out of {item.quantity}"
            yield Fault(FaultCode.MISCOUNTED, sku, detail)
    volume = sum(at.volume_mm3 for at in plan.placements)
    if plan.utilisation != Fraction(volume, request.container.volume_mm3):
        yield Fault(FaultCode.UTILISATION, "", f"{plan.utilisation} is not what is placed")


def _misplaced(boxes: Iterable[_Box], request: LoadRequest) -> Iterator[Fault]:
    container = request.container
    door_width, door_height = container.door
    for box in boxes:
        at = box.at
        if min(at.low) < 0 or any(
            high > size for high, size in zip(at.high, container.size, strict=True)
        ):
            yield Fault(FaultCode.OUTSIDE, at.sku, f"reaches from {at.low} to {at.high}")
        if at.size not in box.item.orientations():
            yield Fault(FaultCode.ORIENTATION, at.sku, f"may not stand as {at.size}")
        if at.dy_mm > door_width or at.dz_mm > door_height:
            yield Fault(FaultCode.DOOR, at.sku, f"does not pass the door as {at.size}")


def _overlaps(boxes: list[_Box]) -> Iterator[Fault]:
    """Sweep along the length: only boxes that meet there can overlap."""
    active: list[_Box] = []
    for box in sorted(boxes, key=lambda each: each.at.x_mm):
        active = [other for other in active if other.at.high[0] > box.at.x_mm]
        for other in active:
            if _meet(box.at, other.at, 1) and _meet(box.at, other.at, 2):
                detail = f"and {other.at.sku} overlap at {box.at.low}"
                yield Fault(FaultCode.OVERLAP, box.at.sku, detail)
        active.append(box)


def _carriers(boxes: list[_Box]) -> dict[int, list[tuple[_Box, int]]]:
    """Return for each step which boxes it rests on, and with how many square millimetres."""
    by_top: dict[int, list[_Box]] = defaultdict(list)
    for box in boxes:
        by_top[box.at.high[2]].append(box)
    below: dict[int, list[tuple[_Box, int]]] = {}
    for box in boxes:
        touching = ((other, _contact(box.at, other.at)) for other in by_top.get(box.at.z_mm, ()))
        below[box.step] = [(other, area) for other, area in touching if area > 0]
    return below


def _unsupported(
    boxes: list[_Box], below: dict[int, list[tuple[_Box, int]]], request: LoadRequest
) -> Iterator[Fault]:
    for box in boxes:
        if box.at.z_mm <= 0:
            continue
        base = box.at.dx_mm * box.at.dy_mm
        resting = sum(area for _, area in below[box.step])
        if resting * 1000 < request.support_permille * base:
            detail = f"rests with {resting} of {base} mm2 at {box.at.low}"
            yield Fault(FaultCode.SUPPORT, box.at.sku, detail)
        late = [other for other, _ in below[box.step] if other.step > box.step]
        if late:
            detail = f"is loaded at step {box.step}, before {late[0].at.sku} which carries it"
            yield Fault(FaultCode.ORDER, box.at.sku, detail)


def _overweight(boxes: list[_Box], request: LoadRequest) -> Iterator[Fault]:
    container = request.container
    total = sum(box.item.weight_g for box in boxes)
    if container.payload_g is not None and total > container.payload_g:
        yield Fault(FaultCode.WEIGHT, "", f"{total} g are more than {container.payload_g} g")
    if container.balance_permille is None:
        return
    for axis, name in ((0, "length"), (1, "width")):
        size = container.size[axis]
        twice = sum(box.item.weight_g * (box.at.low[axis] + box.at.high[axis]) for box in boxes)
        if abs(twice - total * size) * 1000 > 2 * container.balance_permille * size * total:
            detail = f"the weight's centre is off the middle of the {name}"
            yield Fault(FaultCode.BALANCE, "", detail)


def _overloaded(boxes: list[_Box], below: dict[int, list[tuple[_Box, int]]]) -> Iterator[Fault]:
    """Hand each box's weight, and all on it, down in proportion to the areas of contact."""
    if all(box.item.bears_g is None for box in boxes):
        return
    borne: dict[int, Fraction] = defaultdict(Fraction)
    for box in sorted(boxes, key=lambda each: each.at.z_mm, reverse=True):
        bears = box.item.bears_g
        if bears is not None and borne[box.step] > bears:
            detail = f"bears {float(borne[box.step]):.0f} g of at most {bears} g at {box.at.low}"
            yield Fault(FaultCode.BEARING, box.at.sku, detail)
        contact = sum(area for _, area in below[box.step])
        for other, area in below[box.step]:
            borne[other.step] += (borne[box.step] + box.item.weight_g) * Fraction(area, contact)


def _stacked_too_high(
    boxes: list[_Box], below: dict[int, list[tuple[_Box, int]]]
) -> Iterator[Fault]:
    """Count the tallest pile that starts with each box."""
    if all(box.item.stack_max is None for box in boxes):
        return
    pile: dict[int, int] = defaultdict(lambda: 1)
    for box in sorted(boxes, key=lambda each: each.at.z_mm, reverse=True):
        most = box.item.stack_max
        if most is not None and pile[box.step] > most:
            detail = f"starts a stack of {pile[box.step]} at {box.at.low}, at most {most} allowed"
            yield Fault(FaultCode.STACK, box.at.sku, detail)
        for other, _ in below[box.step]:
            pile[other.step] = max(pile[other.step], pile[box.step] + 1)


def _unsegregated(boxes: list[_Box], request: LoadRequest) -> Iterator[Fault]:
    aboard = Counter(box.item.dangerous_class for box in boxes)
    for one, other in request.forbidden_pairs():
        if aboard[one] and aboard[other] and (one != other or aboard[one] > 1):
            yield Fault(FaultCode.SEGREGATION, "", f"class {one} meets class {other}")


def _out_of_drop_order(boxes: list[_Box]) -> Iterator[Fault]:
    """What leaves first may have nothing that leaves later before it or on top of it."""
    if len({box.item.drop for box in boxes}) < 2:
        return
    for box in boxes:
        for other in boxes:
            if other.item.drop <= box.item.drop:
                continue
            one, two = box.at, other.at
            ahead = two.x_mm >= one.high[0] and _meet(one, two, 1) and _meet(one, two, 2)
            above = two.z_mm >= one.high[2] and _meet(one, two, 0) and _meet(one, two, 1)
            if ahead or above:
                detail = f"of drop {box.item.drop} is shut in by {two.sku} of {other.item.drop}"
                yield Fault(FaultCode.DROP, one.sku, detail)


def _shared(one: Placement, other: Placement, axis: int) -> int:
    return min(one.high[axis], other.high[axis]) - max(one.low[axis], other.low[axis])


def _contact(one: Placement, other: Placement) -> int:
    """Return the area that two boxes share seen from above; none if they only touch."""
    return max(0, _shared(one, other, 0)) * max(0, _shared(one, other, 1))


def _meet(one: Placement, other: Placement, axis: int) -> bool:
    return _shared(one, other, axis) > 0
