"""Blocks: cuboids made of several boxes, so that one step places many.

Simple blocks are arrays of one kind in one orientation. Joined blocks put two blocks face to face:
where the faces are equal, and, as long as there is room in the pool, where they nearly are. Boxes
side by side in a block are equally high and what lies on others lies within their carrying top, so
everything in a block is fully supported, and so is what stands on the carrying part of its top.
"""

import numpy as np

from services.logistics.domain.packing.engine.compiled import compiled
from services.logistics.domain.packing.engine.types import (
    DROP,
    INT,
    KINDS_IN_BLOCK_MAX,
    LONG,
    NO_LIMIT,
    ROW,
    Array,
    Blocks,
    Cargo,
)

SIMPLE_MAX = 6_000
BLOCKS_MAX = 10_000
TABLE = 1 << 16
FILL_MIN = 0.98
"""How much of a block's cuboid boxes must fill where its parts are not equal."""
TRIES_MAX = 400_000
"""How many pairs of blocks are looked at for such unions."""
PRESSURE, BEARS, LEVELS, LEVELS_ON = 0, 1, 2, 3
FEWNESS = 0.3
"""How strongly blocks of few boxes are preferred: worth = volume / boxes ** FEWNESS."""


def make_blocks(cargo: Cargo, *, seed: int, fill_min: float = FILL_MIN) -> Blocks:
    """Return all simple blocks and as many joined ones as the limit allows."""
    pool = _empty_pool()
    draw = np.random.default_rng(seed)
    names = draw.integers(1, 1 << 62, size=len(cargo.quantity) + 3).astype(LONG) | 1
    turned = cargo.turned[draw.permutation(len(cargo.turned))]
    thin = _count_simple(cargo, turned, False) > SIMPLE_MAX
    count = _make_simple(cargo, turned, thin, names, pool)
    seen = np.zeros(TABLE, LONG)
    count = _join_equal(cargo, count, names, seen, pool)
    if fill_min < 1:
        count = _join_similar(cargo, count, names, seen, pool, fill_min)
    return sorted_by_worth(pool, count)


def _empty_pool() -> Blocks:
    return Blocks(
        rows=np.zeros((BLOCKS_MAX, ROW), INT),
        worth=np.zeros(BLOCKS_MAX),
        volume=np.zeros(BLOCKS_MAX, LONG),
        weight=np.zeros(BLOCKS_MAX, LONG),
        limits=np.zeros((BLOCKS_MAX, 4), LONG),
        top=np.zeros((BLOCKS_MAX, 2), INT),
        made_of=np.zeros((BLOCKS_MAX, 8), INT),
    )


def sorted_by_worth(pool: Blocks, count: int) -> Blocks:
    """Return the first blocks of a pool, most promising first: much volume in few boxes."""
    boxes = np.zeros(count)
    for kind in range(KINDS_IN_BLOCK_MAX):
        boxes += np.where(pool.rows[:count, 3] > kind, pool.rows[:count, 5 + 2 * kind], 0)
    worth = pool.volume[:count] / boxes**FEWNESS
    order = np.argsort(-worth, kind="stable")
    place = np.zeros(count, INT)
    place[order] = np.arange(count, dtype=INT)
    made_of = pool.made_of[order]
    joined = made_of[:, 0] >= 0
    made_of[joined, 1:3] = place[made_of[joined, 1:3]]
    return Blocks(
        rows=pool.rows[order],
        worth=worth[order],
        volume=pool.volume[order],
        weight=pool.weight[order],
        limits=pool.limits[order],
        top=pool.top[order],
        made_of=made_of,
    )


@compiled
def _wanted(count: int, most: int, thin: bool) -> bool:
    """Whether this many boxes in a row are tried; with many boxes only round numbers are."""
    if not thin or count <= 4 or count == most:
        return True
    if count % 3 == 0:
        count //= 3
    return count & (count - 1) == 0


@compiled
def _count_simple(cargo: Cargo, turned: Array, thin: bool) -> int:
    count = 0
    for row in turned:
        most = cargo.quantity[row[0]]
        for nx in range(1, min(most, cargo.size[0] // row[1]) + 1):
            for ny in range(1, min(most // nx, cargo.size[1] // row[2]) + 1):
                count += min(most // (nx * ny), cargo.size[2] // row[3])
    return count


@compiled
def _make_simple(cargo: Cargo, turned: Array, thin: bool, names: Array, pool: Blocks) -> int:
    """Fill the pool with simple blocks, single boxes of every orientation first."""
    seen = np.zeros(TABLE, LONG)
    count = 0
    for single in (True, False):
        for which in range(len(turned)):
            kind, dx, dy, dz = turned[which]
            most = cargo.quantity[kind]
            most_x = 1 if single else min(most, cargo.size[0] // dx)
            for nx in range(1, most_x + 1):
                most_y = 1 if single else min(most // nx, cargo.size[1] // dy)
                if not _wanted(nx, most_x, thin):
                    continue
                for ny in range(1, most_y + 1):
                    most_z = 1 if single else min(most // (nx * ny), cargo.size[2] // dz)
                    if not _wanted(ny, most_y, thin):
                        continue
                    for nz in range(1, most_z + 1):
                        if count >= SIMPLE_MAX + len(turned) or not _wanted(nz, most_z, thin):
                            continue
                        count += _add_simple(cargo, turned[which], nx, ny, nz, count, pool)
                        if not _is_new(pool, count - 1, names, seen) and not single:
                            count -= 1
    return count


@compiled
def _add_simple(
    cargo: Cargo, turned: Array, nx: int, ny: int, nz: int, at: int, pool: Blocks
) -> int:
    """Write one simple block; return how many were written (none if it would crush itself)."""
    kind, dx, dy, dz = turned
    if at >= len(pool.volume):
        return 0
    boxes = nx * ny * nz
    area = dx * dy
    pressure = (cargo.weight[kind] * 1_000_000 + area - 1) // area
    bears = cargo.bears[kind, 0]
    allowed = NO_LIMIT if bears < 0 else bears * 1_000_000 // area - (nz - 1) * pressure
    levels = NO_LIMIT if cargo.bears[kind, 1] < 0 else cargo.bears[kind, 1] - nz
    if allowed < 0 or levels < 0:
        return 0
    row = pool.rows[at]
    row[0], row[1], row[2], row[3], row[4], row[5] = nx * dx, ny * dy, nz * dz, 1, kind, boxes
    row[DROP] = cargo.drop[kind]
    pool.top[at, 0], pool.top[at, 1] = row[0], row[1]
    pool.volume[at] = cargo.volume[kind] * boxes
    pool.weight[at] = cargo.weight[kind] * boxes
    limits = pool.limits[at]
    limits[PRESSURE], limits[BEARS], limits[LEVELS], limits[LEVELS_ON] = (
        pressure * nz,
        allowed,
        nz,
        levels,
    )
    made = pool.made_of[at]
    made[0], made[1], made[2], made[3], made[4], made[5], made[6], made[7] = (
        -1, kind, dx, dy, dz, nx, ny, nz,
    )  # fmt: skip
    return 1


@compiled
def _is_new(pool: Blocks, at: int, names: Array, seen: Array) -> bool:
    """Whether no block of the same size and the same boxes came before; remember this one."""
    if at < 0:
        return True
    row = pool.rows[at]
    key = row[0] * names[-1] + row[1] * names[-2] + row[2] * names[-3]
    for each in range(row[3]):
        key += row[5 + 2 * each] * names[row[4 + 2 * each]] * (row[5 + 2 * each] + 77)
    key |= 1
    slot = (key >> 20) & (len(seen) - 1)
    while seen[slot] != 0:
        if seen[slot] == key:
            return False
        slot = (slot + 1) & (len(seen) - 1)
    seen[slot] = key
    return True


@compiled
def _join_equal(cargo: Cargo, count: int, names: Array, seen: Array, pool: Blocks) -> int:
    """Join every block with every earlier one that has an equal face, until the pool is full."""
    heads = np.full((3, TABLE), -1, INT)
    follow = np.full((3, BLOCKS_MAX), -1, INT)
    for at in range(count):
        _is_new(pool, at, names, seen)
    at = 0
    while at < count:
        for axis in range(3):
            slot = _face(pool.rows[at], axis)
            follow[axis, at] = heads[axis, slot]
            heads[axis, slot] = at
            other = at
            while other >= 0 and count < BLOCKS_MAX:
                if _joined(cargo, other, at, axis, count, pool, 1.0):
                    count += _is_new(pool, count, names, seen)
                other = follow[axis, other]
        at += 1
    return count


@compiled
def _face(row: Array, axis: int) -> int:
    one, other = row[(axis + 1) % 3], row[(axis + 2) % 3]
    return (one * 7919 + other * 104_729) & (TABLE - 1)


@compiled
def _join_similar(
    cargo: Cargo, count: int, names: Array, seen: Array, pool: Blocks, fill_min: float
) -> int:
    """Join blocks whose faces are nearly equal, as long as room in the pool and tries last."""
    at, tries = 0, 0
    while at < count and count < BLOCKS_MAX and tries < TRIES_MAX:
        for other in range(at + 1):
            tries += 1
            for axis in range(3):
                for turn in range(2):
                    first, second = (at, other) if turn == 0 else (other, at)
                    if (
                        _similar(pool, first, second, axis, fill_min)
                        and count < BLOCKS_MAX
                        and _joined(cargo, first, second, axis, count, pool, fill_min)
                    ):
                        count += _is_new(pool, count, names, seen)
        at += 1
    return count


@compiled
def _similar(pool: Blocks, one: int, other: int, axis: int, fill_min: float) -> bool:
    """Whether the union of two blocks could be full enough: the cheap part of the question."""
    rows = pool.rows
    if axis == 2:
        if rows[other, 0] > pool.top[one, 0] or rows[other, 1] > pool.top[one, 1]:
            return False
    elif rows[one, 2] != rows[other, 2]:
        return False
    volume = float(rows[one, axis] + rows[other, axis])
    for side in range(3):
        if side != axis:
            volume *= max(rows[one, side], rows[other, side])
    return pool.volume[one] + pool.volume[other] >= fill_min * volume


@compiled
def _joined(
    cargo: Cargo, one: int, other: int, axis: int, at: int, pool: Blocks, fill_min: float
) -> bool:
    """Write the union of two blocks along an axis; say whether it is one that may be placed."""
    a, b, row = pool.rows[one], pool.rows[other], pool.rows[at]
    if a[axis] + b[axis] > cargo.size[axis] or a[DROP] != b[DROP]:
        return False
    if not _fits_on(a, b, pool.top[one], axis, fill_min):
        return False
    for side in range(3):
        row[side] = max(a[side], b[side])
    row[axis] = a[axis] + b[axis]
    row[DROP] = a[DROP]
    pool.volume[at] = pool.volume[one] + pool.volume[other]
    if pool.volume[at] < fill_min * float(row[0]) * row[1] * row[2]:
        return False
    if not _merged(a, b, row, cargo.quantity):
        return False
    if not _bearing(pool.limits[one], pool.limits[other], pool.limits[at], axis):
        return False
    _carry(pool, one, other, axis, at)
    pool.weight[at] = pool.weight[one] + pool.weight[other]
    made = pool.made_of[at]
    made[0], made[1], made[2] = axis, one, other
    return True


@compiled
def _fits_on(a: Array, b: Array, top: Array, axis: int, fill_min: float) -> bool:
    """Whether two parts may meet: equal faces, or equal heights, or the upper within the top."""
    if fill_min >= 1.0:
        one, two = (axis + 1) % 3, (axis + 2) % 3
        return a[one] == b[one] and a[two] == b[two]
    if axis == 2:
        return b[0] <= top[0] and b[1] <= top[1]
    return a[2] == b[2]


@compiled
def _carry(pool: Blocks, one: int, other: int, axis: int, at: int) -> None:
    """Set which part of the union's top carries: the larger of what its parts offer."""
    a, b, top = pool.top[one], pool.top[other], pool.top[at]
    if axis == 2:
        top[0], top[1] = b[0], b[1]
        return
    across = 1 - axis
    if a[axis] == pool.rows[one, axis]:
        top[axis], top[across] = a[axis] + b[axis], min(a[across], b[across])
        if top[0] * top[1] >= a[0] * a[1]:
            return
    top[0], top[1] = a[0], a[1]


@compiled
def _merged(a: Array, b: Array, row: Array, quantity: Array) -> bool:
    """Add up kinds and counts in order of kind, as long as there are enough boxes."""
    kinds, of_a, of_b = 0, 0, 0
    while of_a < a[3] or of_b < b[3]:
        if kinds == KINDS_IN_BLOCK_MAX:
            return False
        kind_a = a[4 + 2 * of_a] if of_a < a[3] else 1 << 30
        kind_b = b[4 + 2 * of_b] if of_b < b[3] else 1 << 30
        kind, boxes = min(kind_a, kind_b), 0
        if kind_a == kind:
            boxes += a[5 + 2 * of_a]
            of_a += 1
        if kind_b == kind:
            boxes += b[5 + 2 * of_b]
            of_b += 1
        if boxes > quantity[kind]:
            return False
        row[4 + 2 * kinds], row[5 + 2 * kinds] = kind, boxes
        kinds += 1
    row[3] = kinds
    return True


@compiled
def _bearing(below: Array, above: Array, both: Array, axis: int) -> bool:
    """What the union presses and bears; along the height the first part carries the second."""
    if axis != 2:
        both[PRESSURE] = max(below[PRESSURE], above[PRESSURE])
        both[BEARS] = min(below[BEARS], above[BEARS])
        both[LEVELS] = max(below[LEVELS], above[LEVELS])
        both[LEVELS_ON] = min(below[LEVELS_ON], above[LEVELS_ON])
        return True
    both[PRESSURE] = below[PRESSURE] + above[PRESSURE]
    both[BEARS] = min(above[BEARS], below[BEARS] - above[PRESSURE])
    both[LEVELS] = below[LEVELS] + above[LEVELS]
    both[LEVELS_ON] = min(above[LEVELS_ON], below[LEVELS_ON] - above[LEVELS])
    return both[BEARS] >= 0 and both[LEVELS_ON] >= 0
