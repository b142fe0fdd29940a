"""From placed blocks back to single boxes."""

from collections.abc import Iterator

from services.logistics.domain.packing.engine.types import N_PLACED, Blocks, States
from services.logistics.domain.packing.plan import Placement
from services.logistics.domain.packing.request import LoadRequest


def boxes_of(
    states: States, blocks: Blocks, unit: int, request: LoadRequest, *, slot: int = -1
) -> tuple[Placement, ...]:
    """Return the boxes of the plan in a slot; the best one lies in the last."""
    return tuple(
        Placement(request.items[kind].sku, *(unit * each for each in where))
        for x, y, z, _, _, _, block in states.placed[slot, : states.tally[slot, N_PLACED]].tolist()
        for kind, where in _boxes_in(blocks, block, (x, y, z))
    )


def _boxes_in(
    blocks: Blocks, block: int, corner: tuple[int, int, int]
) -> Iterator[tuple[int, tuple[int, int, int, int, int, int]]]:
    """Yield kind, corner and extent of each box of a block."""
    made = blocks.made_of[block].tolist()
    if made[0] >= 0:
        axis, first, second = made[:3]
        yield from _boxes_in(blocks, first, corner)
        moved = list(corner)
        moved[axis] += int(blocks.rows[first, axis])
        yield from _boxes_in(blocks, second, (moved[0], moved[1], moved[2]))
        return
    _, kind, dx, dy, dz, nx, ny, nz = made
    for ix in range(nx):
        for iy in range(ny):
            for iz in range(nz):
                x, y, z = corner[0] + ix * dx, corner[1] + iy * dy, corner[2] + iz * dz
                yield kind, (x, y, z, dx, dy, dz)
