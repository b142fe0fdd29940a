"""How good a block is for a space: volume, snug sides, and nothing left that can't be filled."""

import numpy as np

from services.logistics.domain.packing.engine.compiled import compiled, inlined
from services.logistics.domain.packing.engine.spaces import corner_of
from services.logistics.domain.packing.engine.types import (
    AT_DROP,
    DROP,
    GONE,
    N_PLACED,
    NO_LIMIT,
    STRETCH,
    WEIGHT_LEFT,
    Array,
    Blocks,
    Cargo,
    Desk,
    States,
)

NEAR = 25
"""Faces within this part of the container's side (one 25th) count as touching."""


@inlined
def best_blocks(
    cargo: Cargo, blocks: Blocks, states: States, desk: Desk, slot: int, at: int,
    most: int, supported: bool,
) -> int:  # fmt: skip
    """Write the `most` best blocks for a space onto the desk, best first; return how many fit.

    A score is worth x touched share ** 2 x filled ** 6; filled is the part of the space that the
    block and the best rows of boxes around it could fill. Blocks that lack boxes are struck off.
    """
    space, left, on = states.spaces[slot, at], states.left[slot], states.spaces[slot, at, 6]
    dx, dy, dz = space[3] - space[0], space[4] - space[1], space[5] - space[2]
    drop, payload = states.tally[slot, AT_DROP], states.tally[slot, WEIGHT_LEFT]
    pressure, levels = _borne(states, slot, on)
    whole = 1.0 / (float(dx) * dy * dz)
    near_x, near_y, near_z = cargo.size[0] // NEAR, cargo.size[1] // NEAR, cargo.size[2] // NEAR
    nearby = _nearby(states, desk, slot, space, near_x, near_y, near_z)
    reach, rows, limits, near = desk.reach, blocks.rows, blocks.limits, desk.near
    lengths, widths, heights = desk.sides[0], desk.sides[1], desk.sides[2]
    found, least, count = 0, -1.0, desk.live_count[0]
    for start in range(0, count, STRETCH):
        if blocks.worth[desk.live[start]] <= least:
            break
        stretch = min(STRETCH, count - start)
        _compare(lengths, widths, heights, start, stretch, dx, dy, dz, desk)
        for eight in range((stretch + 7) // 8):
            if desk.eights[eight] == 0:
                continue
            for each in range(start + 8 * eight, start + 8 * eight + 8):
                if not desk.fits[each - start]:
                    continue
                block = desk.live[each]
                worth = blocks.worth[block]
                if worth <= least:
                    return found
                a, b, c = lengths[each], widths[each], heights[each]
                filled = _fillable(reach, dx, dy, dz, a, b, c) * whole
                cube = filled * filled * filled
                score = worth * cube * cube
                if score <= least:
                    continue
                touch = _touchable(a, b, c, dx - a <= near_x, dy - b <= near_y, dz - c <= near_z)
                if score * touch * touch <= least:
                    continue
                if not enough(rows, block, left):
                    lengths[each] = GONE
                    desk.live_count[2] += 1
                    continue
                if blocks.weight[block] > payload or rows[block, DROP] != drop:
                    continue
                if limits[block, 0] > pressure or limits[block, 2] > levels:
                    continue
                x, y, z = corner_of(cargo, space, a, b, c, drop, supported)
                if drop > 0 and _shuts_in(blocks, states, slot, block, x + a, y, z):
                    continue
                touch = _touching(cargo.size, near, nearby, x, y, z, a, b, c)
                score *= touch * touch
                if score > least:
                    found = _enter(desk.score, desk.block, found, most, score, block)
                    least = desk.score[most - 1] if found == most else -1.0
    return found


@inlined
def _compare(
    lengths: Array, widths: Array, heights: Array, start: int, stretch: int,
    dx: int, dy: int, dz: int, desk: Desk,
) -> None:  # fmt: skip
    """Note which blocks of a stretch of the list fit the space; unsigned indexes are not wrapped.

    Without wrapping the compiler compares many at once.
    """
    fits, first = desk.fits, np.uint64(start)
    most_x, most_y, most_z = np.int32(dx), np.int32(dy), np.int32(dz)
    desk.eights[(stretch - 1) // 8] = 0
    for each in range(np.uint64(stretch)):
        at = first + each
        fits[each] = (lengths[at] <= most_x) & (widths[at] <= most_y) & (heights[at] <= most_z)


@compiled
def enough(rows: Array, block: int, left: Array) -> bool:
    """Whether the boxes of a block are left."""
    for kind in range(rows[block, 3]):
        if rows[block, 5 + 2 * kind] > left[rows[block, 4 + 2 * kind]]:
            return False
    return True


@compiled
def _shuts_in(
    blocks: Blocks, states: States, slot: int, block: int, front: int, y: int, z: int
) -> bool:
    """Whether a block of a later drop stands between this one and the door."""
    row = blocks.rows[block]
    for each in range(states.tally[slot, N_PLACED]):
        other = states.placed[slot, each]
        if (
            other[0] >= front
            and blocks.rows[other[6], DROP] > row[DROP]
            and y < other[4] and other[1] < y + row[1]
            and z < other[5] and other[2] < z + row[2]
        ):  # fmt: skip
            return True
    return False


@inlined
def _nearby(
    states: States, desk: Desk, slot: int, space: Array, near_x: int, near_y: int, near_z: int
) -> int:
    """List the placements that a block in this space could touch."""
    placed, near, count = states.placed[slot], desk.near, 0
    low_x, low_y, low_z = space[0] - near_x, space[1] - near_y, space[2] - near_z
    high_x, high_y, high_z = space[3] + near_x, space[4] + near_y, space[5] + near_z
    for each in range(states.tally[slot, N_PLACED]):
        if (
            placed[each, 0] <= high_x and low_x <= placed[each, 3]
            and placed[each, 1] <= high_y and low_y <= placed[each, 4]
            and placed[each, 2] <= high_z and low_z <= placed[each, 5]
        ):  # fmt: skip
            for side in range(6):
                near[side, count] = placed[each, side]
            count += 1
    return count


@compiled
def _borne(states: States, slot: int, on: int) -> tuple[int, int]:
    """Return the pressure and the levels that a placement, or the floor (-1), may still take."""
    if on < 0:
        return NO_LIMIT, NO_LIMIT
    return states.allowed[slot, on, 0], states.allowed[slot, on, 1]


@compiled
def _fillable(
    reach: Array, dx: int, dy: int, dz: int, length: int, width: int, height: int
) -> float:
    """Return how much of a space rows of boxes can fill that begin with this block."""
    x, y = length + reach[0, dx - length], width + reach[1, dy - width]
    z = height + reach[2, dz - height]
    return float(x * y * z)


@compiled
def _touchable(length: int, width: int, height: int, x: bool, y: bool, z: bool) -> float:
    """Return the most that `_touching` may say of a block whose far faces are at the space's end.

    The space is empty, so nothing is close to its other far faces.
    """
    face_x, face_y, face_z = width * height, length * height, length * width
    faces = face_x + face_y + face_z
    far = (face_x if x else 0) + (face_y if y else 0) + (face_z if z else 0)
    return (faces + far) / (2.0 * faces)


@compiled
def _touching(
    size: Array, near: Array, nearby: int, x: int, y: int, z: int,
    length: int, width: int, height: int,
) -> float:  # fmt: skip
    """Return the share of the block's surface that is close to walls or other blocks."""
    tx, ty, tz = size[0] // NEAR, size[1] // NEAR, size[2] // NEAR
    face_x, face_y, face_z = width * height, length * height, length * width
    to_x, to_y, to_z = x + length, y + width, z + height
    a = face_x if x <= tx else 0
    b = face_x if size[0] - to_x <= tx else 0
    c = face_y if y <= ty else 0
    d = face_y if size[1] - to_y <= ty else 0
    e = face_z if z <= tz else 0
    f = face_z if size[2] - to_z <= tz else 0
    for each in range(nearby):
        over_x = min(to_x, near[3, each]) - max(x, near[0, each])
        over_y = min(to_y, near[4, each]) - max(y, near[1, each])
        over_z = min(to_z, near[5, each]) - max(z, near[2, each])
        if over_y > 0 and over_z > 0:
            if over_x > -tx - 1:
                if near[3, each] <= x:
                    a += over_y * over_z
                else:
                    b += over_y * over_z
        elif over_x > 0 and over_z > 0:
            if over_y > -ty - 1:
                if near[4, each] <= y:
                    c += over_x * over_z
                else:
                    d += over_x * over_z
        elif over_x > 0 and over_y > 0 and over_z > -tz - 1:
            if near[5, each] <= z:
                e += over_x * over_y
            else:
                f += over_x * over_y
    touched = min(a, face_x) + min(b, face_x) + min(c, face_y) + min(d, face_y)
    touched += min(e, face_z) + min(f, face_z)
    return touched / (2.0 * (face_x + face_y + face_z))


@compiled
def _enter(scores: Array, blocks: Array, found: int, most: int, score: float, block: int) -> int:
    """Insert a candidate in order of score; return how many there are."""
    at = found if found < most else most - 1
    while at > 0 and scores[at - 1] < score:
        scores[at] = scores[at - 1]
        blocks[at] = blocks[at - 1]
        at -= 1
    scores[at] = score
    blocks[at] = block
    return min(found + 1, most)
