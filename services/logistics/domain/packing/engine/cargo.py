"""A request as arrays, in units of the greatest common divisor of all sides."""

from itertools import chain
from math import gcd

import numpy as np

from services.logistics.domain.packing.engine.types import INT, LONG, Array, Cargo
from services.logistics.domain.packing.request import LoadRequest


def unit_of(request: LoadRequest) -> int:
    """Return the length in millimetres of which every side of every box is a multiple."""
    return gcd(*chain.from_iterable(item.size for item in request.items))


def cargo_of(request: LoadRequest, unit: int) -> Cargo:
    """Return the request as arrays; kinds are numbered as the request lists its items."""
    items, container = request.items, request.container
    turned = [
        (kind, *(side // unit for side in size))
        for kind, item in enumerate(items)
        for size in item.orientations_in(container)
    ]
    drops = [item.drop if is_in_drops(request) else 0 for item in items]
    bears = [
        (
            -1 if item.bears_g is None else item.bears_g,
            -1 if item.stack_max is None else item.stack_max,
        )
        for item in items
    ]
    lengths, counts = _lengths(turned)
    return Cargo(
        size=np.array([side // unit for side in container.size], LONG),
        quantity=np.array([item.quantity for item in items], INT),
        volume=np.array([item.volume_mm3 // unit**3 for item in items], LONG),
        weight=np.array([item.weight_g for item in items], LONG),
        drop=np.array(drops, INT),
        turned=np.array(turned, LONG),
        bears=np.array(bears, LONG),
        lengths=lengths,
        lengths_count=counts,
        smallest_first=np.array(sorted(turned, key=lambda row: row[1] * row[2] * row[3]), LONG),
        bridges=not is_limited(request),
    )


def is_in_drops(request: LoadRequest) -> bool:
    """Whether some boxes leave before others."""
    return len({item.drop for item in request.items}) > 1


def is_limited(request: LoadRequest) -> bool:
    """Whether a rule holds that is kept only by boxes that stand each on one other."""
    return is_in_drops(request) or any(
        item.bears_g is not None or item.stack_max is not None for item in request.items
    )


def _lengths(turned: list[tuple[int, ...]]) -> tuple[Array, Array]:
    """Return per axis the lengths that boxes may have along it, ascending, each with its kind."""
    along = [sorted({(row[1 + axis], row[0]) for row in turned}) for axis in range(3)]
    counts = np.array([len(rows) for rows in along], LONG)
    lengths = np.zeros((3, counts.max(), 2), LONG)
    for axis, rows in enumerate(along):
        lengths[axis, : len(rows)] = rows
    return lengths, counts
