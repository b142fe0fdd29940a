"""How good a block is for a space: volume, snug sides, and nothing left that can't be filled."""

from services.logistics.domain.packing.engine.compiled import compiled
from services.logistics.domain.packing.engine.spaces import corner_of
from services.logistics.domain.packing.engine.types import (
    AT_DROP,
    DROP,
    GONE,
    N_PLACED,
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


@compiled
def best_blocks(
    cargo: Cargo, blocks: Blocks, states: States, desk: Desk, slot: int, at: int,
    most: int, supported: bool,
) -> int:  # fmt: skip
    """Write the `most` best blocks for a space onto the desk, best first; return how many fit.

    A score is worth x touched share ** 2 x filled ** 6; filled is the part of the space that the
    block and the best rows of boxes beside, before and above it could fill.
    Blocks that need more boxes than are left are struck off the list on the way.
    """
    space, left = states.spaces[slot, at], states.left[slot]
    dx, dy, dz = space[3] - space[0], space[4] - space[1], space[5] - space[2]
    drop = states.tally[slot, AT_DROP]
    whole = 1.0 / (float(dx) * dy * dz)
    nearby = _nearby(cargo, states, desk, slot, space)
    reach, rows, live, sides, fits = desk.reach, blocks.rows, desk.live, desk.sides, desk.fits
    found, least, count = 0, -1.0, desk.live_count[0]
    for start in range(0, count, STRETCH):
        if blocks.worth[live[start]] <= least:
            break
        stretch = min(STRETCH, count - start)
        for each in range(stretch):
            fits[each] = (
                (sides[0, start + each] <= dx)
                & (sides[1, start + each] <= dy)
                & (sides[2, start + each] <= dz)
            )
        for each in range(stretch):
            if not fits[each]:
                continue
            block = live[start + each]
            worth = blocks.worth[block]
            if worth <= least:
                break
            row = rows[block]
            if not _enough(row, left):
                sides[0, start + each] = GONE
                continue
            filled = float(row[0] + reach[0, dx - row[0]]) * (row[1] + reach[1, dy - row[1]])
            filled *= (row[2] + reach[2, dz - row[2]]) * whole
            cube = filled * filled * filled
            score = worth * cube * cube
            most_touched = _touchable(cargo, dx, dy, dz, row)
            if score * most_touched * most_touched <= least:
                continue
            if not _allowed(blocks, states, slot, space, block):
                continue
            x, y, z = corner_of(cargo, space, row, drop, supported)
            if drop > 0 and _shuts_in(blocks, states, slot, x + row[0], y, z, row):
                continue
            touch = _touching(cargo, states, desk, slot, nearby, x, y, z, row)
            score *= touch * touch
            if score > least:
                found = _enter(desk, found, most, score, block)
                least = desk.score[most - 1] if found == most else -1.0
    return found


@compiled
def _enough(row: Array, left: Array) -> bool:
    for kind in range(row[3]):
        if row[5 + 2 * kind] > left[row[4 + 2 * kind]]:
            return False
    return True


@compiled
def _allowed(blocks: Blocks, states: States, slot: int, space: Array, block: int) -> bool:
    """Whether payload, what lies below, and the drop's turn let the block stand here."""
    tally, limits = states.tally[slot], blocks.limits[block]
    if blocks.weight[block] > tally[WEIGHT_LEFT] or blocks.rows[block, DROP] != tally[AT_DROP]:
        return False
    if space[6] < 0:
        return True
    allowed = states.allowed[slot, space[6]]
    return limits[0] <= allowed[0] and limits[2] <= allowed[1]


@compiled
def _shuts_in(
    blocks: Blocks, states: States, slot: int, front: int, y: int, z: int, row: Array
) -> bool:
    """Whether a block of a later drop stands between this one and the door."""
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


@compiled
def _nearby(cargo: Cargo, states: States, desk: Desk, slot: int, space: Array) -> int:
    """List the placements that a block in this space could touch."""
    size, count = cargo.size, 0
    tx, ty, tz = size[0] // NEAR, size[1] // NEAR, size[2] // NEAR
    for each in range(states.tally[slot, N_PLACED]):
        other = states.placed[slot, each]
        if (
            other[0] <= space[3] + tx and space[0] <= other[3] + tx
            and other[1] <= space[4] + ty and space[1] <= other[4] + ty
            and other[2] <= space[5] + tz and space[2] <= other[5] + tz
        ):  # fmt: skip
            desk.near[count, :] = other
            count += 1
    return count


@compiled
def _touchable(cargo: Cargo, dx: int, dy: int, dz: int, row: Array) -> float:
    """Return the most that `_touching` may say of a block in a space of these sides.

    The space is empty, so only where the block reaches its end is anything close to its far faces.
    """
    size = cargo.size
    length, width, height = row[0], row[1], row[2]
    face_x, face_y, face_z = width * height, length * height, length * width
    touched = face_x + face_y + face_z
    touched += face_x if dx - length <= size[0] // NEAR else 0
    touched += face_y if dy - width <= size[1] // NEAR else 0
    touched += face_z if dz - height <= size[2] // NEAR else 0
    return touched / (2.0 * (face_x + face_y + face_z))


@compiled
def _touching(
    cargo: Cargo, states: States, desk: Desk, slot: int, nearby: int,
    x: int, y: int, z: int, row: Array,
) -> float:  # fmt: skip
    """Return the share of the block's surface that is close to walls or other blocks."""
    size = cargo.size
    tx, ty, tz = size[0] // NEAR, size[1] // NEAR, size[2] // NEAR
    length, width, height = row[0], row[1], row[2]
    face_x, face_y, face_z = width * height, length * height, length * width
    to_x, to_y, to_z = x + length, y + width, z + height
    a = face_x if x <= tx else 0
    b = face_x if size[0] - to_x <= tx else 0
    c = face_y if y <= ty else 0
    d = face_y if size[1] - to_y <= ty else 0
    e = face_z if z <= tz else 0
    f = face_z if size[2] - to_z <= tz else 0
    for each in range(nearby):
        other = desk.near[each]
        over_x = min(to_x, other[3]) - max(x, other[0])
        over_y = min(to_y, other[4]) - max(y, other[1])
        over_z = min(to_z, other[5]) - max(z, other[2])
        if over_y > 0 and over_z > 0:
            if over_x > -tx - 1:
                if other[3] <= x:
                    a += over_y * over_z
                else:
                    b += over_y * over_z
        elif over_x > 0 and over_z > 0:
            if over_y > -ty - 1:
                if other[4] <= y:
                    c += over_x * over_z
                else:
                    d += over_x * over_z
        elif over_x > 0 and over_y > 0 and over_z > -tz - 1:
            if other[5] <= z:
                e += over_x * over_y
            else:
                f += over_x * over_y
    touched = min(a, face_x) + min(b, face_x) + min(c, face_y) + min(d, face_y)
    touched += min(e, face_z) + min(f, face_z)
    return touched / (2.0 * (face_x + face_y + face_z))


@compiled
def _enter(desk: Desk, found: int, most: int, score: float, block: int) -> int:
    """Insert a candidate in order of score; return how many there are."""
    at = found if found < most else most - 1
    while at > 0 and desk.score[at - 1] < score:
        desk.score[at] = desk.score[at - 1]
        desk.block[at] = desk.block[at - 1]
        at -= 1
    desk.score[at] = score
    desk.block[at] = block
    return min(found + 1, most)
