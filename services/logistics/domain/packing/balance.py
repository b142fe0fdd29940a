"""Bring the weight's centre near the middle without breaking what already holds.

Where a plane across the container cuts no box, the parts on both sides can change places, be
mirrored and be moved apart; nothing in them moves against what carries it. If that is not enough,
boxes that carry nothing are taken out until it is. Which of them go is a matter of luck, so several
ways are tried and the fullest load stays.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.logistics.domain.packing.plan import Placement
from services.logistics.domain.packing.request import LoadRequest

TRIES = 200
WAYS = 8
CHOICES = 3
"""A box to be taken out is drawn from so many that would each bring the load nearest to balance."""
Boxes = tuple[Placement, ...]


def balanced(boxes: Sequence[Placement], request: LoadRequest, *, seed: int) -> Boxes:
    """Return a load whose centre lies as near the middle as the container asks."""
    whole = tuple(boxes)
    if request.container.balance_permille is None:
        return whole
    draw = random.Random(seed)  # noqa: S311 -- not a secret
    fullest: Boxes = ()
    for way in range(WAYS):
        found = _one_way(whole, request, draw, choices=CHOICES if way else 1)
        if _volume(found) > _volume(fullest):
            fullest = found
        if len(fullest) == len(whole):
            break
    return fullest


def _one_way(boxes: Boxes, request: LoadRequest, draw: random.Random, *, choices: int) -> Boxes:
    """Return a balanced load, less what had to be taken out for it."""
    weights = {item.sku: item.weight_g for item in request.items}
    while _off(boxes, request, weights) > 0:
        spread = _spread(boxes, request, weights, draw)
        if _off(spread, request, weights) <= 0:
            return spread
        boxes = _lightened(spread, request, weights, draw, choices)
    return boxes


def _volume(boxes: Boxes) -> int:
    return sum(at.volume_mm3 for at in boxes)


def _off(boxes: Boxes, request: LoadRequest, weights: Mapping[str, int]) -> int:
    """Return by how much the worse axis breaks the rule; nothing or less when both keep it."""
    permille = request.container.balance_permille or 0
    total = sum(weights[at.sku] for at in boxes)
    return max(
        abs(_twice(boxes, weights, axis) - total * size) * 1000 - 2 * permille * size * total
        for axis, size in enumerate(request.container.size[:2])
    )


def _twice(boxes: Boxes, weights: Mapping[str, int], axis: int) -> int:
    """Return twice the moment about the low end of an axis."""
    return sum(weights[at.sku] * (at.low[axis] + at.high[axis]) for at in boxes)


@dataclass(frozen=True, kw_only=True)
class _Part:
    """Boxes between two planes that cut none."""

    boxes: Boxes
    low: int
    high: int
    weight: int
    twice: int

    def twice_at(self, position: int, *, mirrored: bool) -> int:
        """Return twice the moment with the part moved to a position."""
        twice = 2 * self.weight * (self.low + self.high) - self.twice if mirrored else self.twice
        return twice + 2 * self.weight * (position - self.low)

    def moved(self, position: int, axis: int, *, mirrored: bool) -> Boxes:
        return tuple(
            _set(at, axis, position + inset)
            for at, inset in (
                (at, self.high - at.high[axis] if mirrored else at.low[axis] - self.low)
                for at in self.boxes
            )
        )


def _spread(
    boxes: Boxes, request: LoadRequest, weights: Mapping[str, int], draw: random.Random
) -> Boxes:
    """Balance each part of the length across the width, then the parts along the length."""
    length, width, _ = request.container.size
    in_drops = len({item.drop for item in request.items}) > 1
    across: list[Placement] = []
    for part in _parts(boxes, weights, 0):
        inside = _parts(part.boxes, weights, 1)
        across += _arranged(inside, width, 1, draw, may_swap=True)
    return _arranged(_parts(tuple(across), weights, 0), length, 0, draw, may_swap=not in_drops)


def _parts(boxes: Boxes, weights: Mapping[str, int], axis: int) -> list[_Part]:
    """Cut the load wherever a plane meets no box."""
    groups: list[list[Placement]] = []
    reached = 0
    for at in sorted(boxes, key=lambda each: each.low[axis]):
        if not groups or at.low[axis] >= reached:
            groups.append([])
        groups[-1].append(at)
        reached = max(reached, at.high[axis])
    return [
        _Part(
            boxes=tuple(group),
            low=min(at.low[axis] for at in group),
            high=max(at.high[axis] for at in group),
            weight=sum(weights[at.sku] for at in group),
            twice=_twice(tuple(group), weights, axis),
        )
        for group in groups
    ]


def _arranged(
    parts: list[_Part], size: int, axis: int, draw: random.Random, *, may_swap: bool
) -> Boxes:
    """Return the best balanced of some orders and mirrorings of the parts."""
    total = sum(part.weight for part in parts)
    slack = size - sum(part.high - part.low for part in parts)
    best: list[tuple[_Part, int, bool]] = [(part, part.low, False) for part in parts]
    least = abs(sum(part.twice for part in parts) - total * size)
    for _ in range(TRIES):
        order = list(parts)
        if may_swap:
            draw.shuffle(order)
        position, twice, tried = draw.randint(0, slack), 0, []
        for part in order:
            mirrored = may_swap and draw.random() < 0.5
            tried.append((part, position, mirrored))
            twice += part.twice_at(position, mirrored=mirrored)
            position += part.high - part.low
        if abs(twice - total * size) < least:
            best, least = tried, abs(twice - total * size)
    return tuple(
        at
        for part, position, mirrored in best
        for at in part.moved(position, axis, mirrored=mirrored)
    )


def _set(at: Placement, axis: int, to: int) -> Placement:
    return replace(at, x_mm=to) if axis == 0 else replace(at, y_mm=to)


def _lightened(
    boxes: Boxes,
    request: LoadRequest,
    weights: Mapping[str, int],
    draw: random.Random,
    choices: int,
) -> Boxes:
    """Take out one of the boxes that, carrying nothing, bring the load nearest to balance."""
    total = sum(weights[at.sku] for at in boxes)
    now = [_twice(boxes, weights, axis) for axis in (0, 1)]

    def off_without(each: int) -> int:
        at = boxes[each]
        weight = weights[at.sku]
        return max(
            abs(now[axis] - weight * (at.low[axis] + at.high[axis]) - (total - weight) * size)
            // size
            for axis, size in enumerate(request.container.size[:2])
        )

    free = [each for each, at in enumerate(boxes) if not _carries(at, boxes)]
    out = draw.choice(sorted(free, key=off_without)[:choices])
    return boxes[:out] + boxes[out + 1 :]


def _carries(at: Placement, boxes: Boxes) -> bool:
    return any(
        over.z_mm == at.high[2]
        and min(over.high[0], at.high[0]) > max(over.x_mm, at.x_mm)
        and min(over.high[1], at.high[1]) > max(over.y_mm, at.y_mm)
        for over in boxes
    )
