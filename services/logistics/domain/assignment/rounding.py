"""From flows to shipments: fill the units a relaxation chose, mend what doesn't fit, save units.

Without a relaxation to follow, the same steps give the first feasible plan: open the unit that
promises the least cost for its room, fill it the hardest shipments first, and go on.
"""

from collections.abc import Mapping, Sequence

from services.logistics.domain.assignment.eligibility import Component
from services.logistics.domain.assignment.stowage import Stowage

EVICTIONS_MAX = 40
"""How many shipments are tried to be moved out of one unit for one that comes in."""

Quotas = Mapping[tuple[int, int], int]
"""How many mm3 of a group (by its place in the component) the relaxation puts in a unit."""


def fill(
    stowage: Stowage, component: Component, *, opened: Sequence[int], quotas: Quotas
) -> list[int]:
    """Put the component's shipments into units, opening more where needed; return who is left.

    `opened` are the units the relaxation chose; none for the first plan.
    """
    usable = set(opened)
    left = dict(quotas)
    place_of = {i: g for g, group in enumerate(component.groups) for i in group.shipments}
    waiting: dict[int, int] = {}
    for group in component.groups:
        volume = sum(stowage.volume[i] for i in group.shipments)
        for j in group.units:
            waiting[j] = waiting.get(j, 0) + volume
    left_out: list[int] = []
    for i in stowage.hardest_first(place_of):
        g = place_of[i]
        volume = stowage.volume[i]
        best = _best_open(stowage, i, g, usable, left)
        if best is None:
            best = _make_room(stowage, i, usable) if quotas else None
        if best is None:
            best = _open(stowage, i, usable, waiting)
        if best is None:
            best = _make_room(stowage, i, usable)
        if best is None:
            left_out.append(i)
            continue
        stowage.put(i, best)
        if (g, best) in left:
            left[g, best] -= volume
        for j in component.groups[g].units:
            waiting[j] -= volume
    return left_out


def _best_open(
    stowage: Stowage, i: int, g: int, usable: set[int], left: Mapping[tuple[int, int], int]
) -> int | None:
    """Return the open unit with the most quota left for the group, the fullest among equals."""
    fitting = [j for j in stowage.choices(i) if j in usable and stowage.fits(i, j)]
    if not fitting:
        return None
    return min(fitting, key=lambda j: (-max(0, left.get((g, j), 0)), stowage.room[j], j))


def _open(stowage: Stowage, i: int, usable: set[int], waiting: Mapping[int, int]) -> int | None:
    """Open the unit that costs least per mm3 of what could still go in it, and return it."""
    units = stowage.request.units
    closed = [j for j in stowage.choices(i) if j not in usable and stowage.fits(i, j)]
    if not closed:
        return None

    def price(j: int) -> float:
        return units[j].cost_minor / max(1, min(units[j].room_mm3, waiting[j]))

    best = min(closed, key=lambda j: (price(j), j))
    usable.add(best)
    return best


def _make_room(stowage: Stowage, i: int, usable: set[int]) -> int | None:
    """Move one smaller shipment elsewhere so that this one fits; return where it now fits."""
    for j in stowage.choices(i):
        if j not in usable:
            continue
        short = max(stowage.volume[i] - stowage.room[j], 0)
        heavy = max(stowage.gross[i] - stowage.payload[j], 0)
        if short == 0 and heavy == 0:
            continue
        movable = [
            k for k in stowage.inside[j] if stowage.volume[k] >= short and stowage.gross[k] >= heavy
        ]
        for k in sorted(movable, key=lambda k: (stowage.volume[k], k))[:EVICTIONS_MAX]:
            others = [
                other
                for other in stowage.choices(k)
                if other != j and other in usable and stowage.fits(k, other)
            ]
            if not others:
                continue
            stowage.take(k)
            if stowage.fits(i, j):
                stowage.put(k, min(others, key=lambda other: (stowage.room[other], other)))
                return j
            stowage.put(k, j)
    return None


def save_units(stowage: Stowage, component: Component) -> None:
    """Empty units into others, the emptiest per cost first, and move loads to cheaper units."""
    units = stowage.request.units

    def used(j: int) -> bool:
        return bool(stowage.inside[j])

    for j in sorted(filter(used, component.units), key=lambda j: (len(stowage.inside[j]), j)):
        stowage.move_all(j, used)
    for j in sorted(filter(used, component.units), key=lambda j: (-units[j].cost_minor, j)):
        cheaper = [
            k for k in component.units if not used(k) and units[k].cost_minor < units[j].cost_minor
        ]
        for k in sorted(cheaper, key=lambda k: (units[k].cost_minor, k)):
            if stowage.move_all(j, lambda other, k=k: other == k):  # type: ignore[misc]
                break
