"""Maximal empty spaces: which to fill next, and what is left of them once a block stands.

With full support a space lies on the floor or on tops of one height. A block opens above itself
its own top and, where no rule asks what carries what, the tops beside it that are as high.
"""

from services.logistics.domain.packing.engine.compiled import compiled, inlined
from services.logistics.domain.packing.engine.sums import take_stock, takes_one_of
from services.logistics.domain.packing.engine.types import (
    AT_DROP,
    N_PLACED,
    N_SPACES,
    SPACE,
    SPACES_MAX,
    VOLUME,
    WEIGHT_LEFT,
    Array,
    Blocks,
    Cargo,
    Desk,
    States,
)

BRIDGES_MAX = 100
"""So many rectangles over tops of one height are looked at when a block is placed."""
ABOVE = 5
"""The last face of a placement; face 2 * axis is the low one across an axis, the next the high."""


@inlined
def nearest(cargo: Cargo, states: States, slot: int, supported: bool) -> int:
    """Return the open space nearest to a corner of the container, the larger of equals, or -1."""
    best, least, largest = -1, 1 << 60, 0
    spaces = states.spaces[slot]
    drop = states.tally[slot, AT_DROP]
    size = cargo.size
    for at in range(states.tally[slot, N_SPACES]):
        if spaces[at, 7] == drop:
            continue
        x, y, z = spaces[at, 0], spaces[at, 1], spaces[at, 2]
        to_x, to_y, to_z = spaces[at, 3], spaces[at, 4], spaces[at, 5]
        away = x if drop > 0 else min(x, size[0] - to_x)
        away += min(y, size[1] - to_y)
        away += z if supported else min(z, size[2] - to_z)
        if away > least:
            continue
        room = (to_x - x) * (to_y - y) * (to_z - z)
        if away < least or room > largest:
            best, least, largest = at, away, room
    return best


@compiled
def corner_of(
    cargo: Cargo, space: Array, length: int, width: int, height: int, drop: int, supported: bool
) -> tuple[int, int, int]:
    """Return where a block of these sides stands in the space: at the side nearer to a wall."""
    size = cargo.size
    back = drop > 0 or space[0] <= size[0] - space[3]
    left = space[1] <= size[1] - space[4]
    low = supported or space[2] <= size[2] - space[5]
    x = space[0] if back else space[3] - length
    y = space[1] if left else space[4] - width
    z = space[2] if low else space[5] - height
    return x, y, z


@inlined
def stand(
    cargo: Cargo, blocks: Blocks, states: States, desk: Desk, slot: int,
    block: int, x: int, y: int, z: int, on: int, supported: bool,
) -> bool:  # fmt: skip
    """Place a block with its low corner at a point, on a placement or on the floor (-1).

    Says whether some kind ran out.
    """
    row, tally = blocks.rows[block], states.tally[slot]
    placed = tally[N_PLACED]
    at = states.placed[slot, placed]
    at[0], at[1], at[2] = x, y, z
    at[3], at[4], at[5] = x + row[0], y + row[1], z + row[2]
    at[6] = block
    limits, allowed = blocks.limits[block], states.allowed[slot]
    allowed[placed, 0], allowed[placed, 1] = limits[1], limits[3]
    if on >= 0:
        allowed[placed, 0] = min(limits[1], allowed[on, 0] - limits[0])
        allowed[placed, 1] = min(limits[3], allowed[on, 1] - limits[2])
    ran_out, left = False, states.left[slot]
    for kind in range(row[3]):
        left[row[4 + 2 * kind]] -= row[5 + 2 * kind]
        ran_out |= left[row[4 + 2 * kind]] == 0
    tally[N_PLACED] = placed + 1
    tally[VOLUME] += blocks.volume[block]
    tally[WEIGHT_LEFT] -= blocks.weight[block]
    if ran_out:
        take_stock(cargo, left, desk)
    ceiling = cargo.size[2] if supported else 0
    new = _cut(cargo, states.spaces[slot], tally, at, blocks.top[block], desk, ceiling)
    if cargo.bridges and ceiling > at[5]:
        new = _bridge(blocks, states.placed[slot], placed, desk, new)
    tally[N_SPACES] = _add(states.spaces[slot], tally[N_SPACES], desk, new)
    return ran_out


@inlined
def _cut(
    cargo: Cargo, spaces: Array, tally: Array, at: Array, carries: Array, desk: Desk, ceiling: int
) -> int:
    """Take out the spaces that the placement meets; write what is left of them around it.

    Returns how many such rests there are. With full support `ceiling` is the height up to which
    the space on its top reaches; 0 without.
    """
    kept, new = 0, 0
    desk.beside_count[:] = 0
    desk.rests_count[:] = 0
    low_x, low_y, low_z, high_x, high_y, high_z = at[0], at[1], at[2], at[3], at[4], at[5]
    for each in range(tally[N_SPACES]):
        if (
            spaces[each, 0] < high_x and low_x < spaces[each, 3]
            and spaces[each, 1] < high_y and low_y < spaces[each, 4]
            and spaces[each, 2] < high_z and low_z < spaces[each, 5]
        ):  # fmt: skip
            new = _remains(cargo, spaces, each, at, desk, new, ceiling > 0)
            continue
        if kept != each:
            for side in range(SPACE):
                spaces[kept, side] = spaces[each, side]
        for axis in range(3):
            if spaces[kept, 3 + axis] == at[axis]:
                _note_beside(desk, 2 * axis, kept)
            if spaces[kept, axis] == at[3 + axis]:
                _note_beside(desk, 2 * axis + 1, kept)
        kept += 1
    if ceiling > high_z:
        top = desk.fresh[new]
        top[0], top[1], top[2] = low_x, low_y, high_z
        top[3], top[4] = low_x + carries[0], low_y + carries[1]
        top[5], top[6], top[7] = ceiling, tally[N_PLACED] - 1, -1
        _note_rest(desk, ABOVE, new)
        new += 1
    tally[N_SPACES] = kept
    return new


@compiled
def _bridge(blocks: Blocks, placed: Array, newest: int, desk: Desk, new: int) -> int:
    """Add the spaces over the newest block's top and free tops beside it that are as high.

    The newest block's own top is the last of the fresh spaces. All largest rectangles are found
    by joining two that touch until no other comes of it; those not over the own top are not new.
    """
    fresh, own, last = desk.fresh, new - 1, new
    most = min(new + BRIDGES_MAX, len(fresh))
    for below in range(newest):
        if placed[below, 5] == placed[newest, 5]:
            last = _free_top(blocks, placed, below, newest, fresh, own, last, most)
    one = new
    while one < last:
        for other in range(own, one):
            for axis in range(2):
                last = _join(fresh, own, one, other, axis, last, most)
        one += 1
    for each in range(new, last):
        if _meet(fresh[each], fresh[own]):
            _copy(fresh, each, fresh, new)
            _note_rest(desk, ABOVE, new)
            new += 1
    return new


@compiled
def _free_top(
    blocks: Blocks, placed: Array, below: int, newest: int, fresh: Array, own: int, last: int,
    most: int,
) -> int:  # fmt: skip
    """Write the parts of a block's top on which nothing stands."""
    first, carries = last, blocks.top[placed[below, 6]]
    if last == most:
        return last
    _copy(fresh, own, fresh, last)
    for axis in range(2):
        fresh[last, axis] = placed[below, axis]
        fresh[last, 3 + axis] = placed[below, axis] + carries[axis]
    last += 1
    for each in range(newest):
        at = first
        while placed[each, 2] == placed[below, 5] and at < last:
            if not _meet(fresh[at], placed[each]):
                at += 1
                continue
            for axis in range(2):
                if placed[each, axis] > fresh[at, axis] and last < most:
                    _copy(fresh, at, fresh, last)
                    fresh[last, 3 + axis] = placed[each, axis]
                    last += 1
                if placed[each, 3 + axis] < fresh[at, 3 + axis] and last < most:
                    _copy(fresh, at, fresh, last)
                    fresh[last, axis] = placed[each, 3 + axis]
                    last += 1
            last -= 1
            _copy(fresh, last, fresh, at)
    return last


@compiled
def _join(fresh: Array, own: int, one: int, other: int, axis: int, last: int, most: int) -> int:
    """Write the rectangle that reaches over two along an axis, unless it lies in one there is."""
    across = 1 - axis
    if fresh[one, axis] > fresh[other, 3 + axis] or fresh[other, axis] > fresh[one, 3 + axis]:
        return last
    low = max(fresh[one, across], fresh[other, across])
    high = min(fresh[one, 3 + across], fresh[other, 3 + across])
    if low >= high or last == most:
        return last
    _copy(fresh, own, fresh, last)
    fresh[last, axis] = min(fresh[one, axis], fresh[other, axis])
    fresh[last, 3 + axis] = max(fresh[one, 3 + axis], fresh[other, 3 + axis])
    fresh[last, across], fresh[last, 3 + across] = low, high
    for each in range(own, last):
        if _lies_in(fresh, last, fresh, each):
            return last
    return last + 1


@compiled
def _meet(one: Array, other: Array) -> bool:
    """Whether two overlap, seen from above."""
    return (
        one[0] < other[3] and other[0] < one[3]
        and one[1] < other[4] and other[1] < one[4]
    )  # fmt: skip


@compiled
def _copy(ones: Array, one: int, others: Array, other: int) -> None:
    for side in range(SPACE):
        others[other, side] = ones[one, side]


@compiled
def _remains(
    cargo: Cargo, spaces: Array, each: int, at: Array, desk: Desk, new: int, supported: bool
) -> int:
    """Write the parts of a space beside, and without support above and below, a placement.

    Those too thin for any box are left out.
    """
    fresh = desk.fresh
    for axis in range(2 if supported else 3):
        thinnest = cargo.lengths[axis, 0, 0]
        if at[axis] - spaces[each, axis] >= thinnest and new < len(fresh) - 2:
            for side in range(SPACE):
                fresh[new, side] = spaces[each, side]
            fresh[new, 3 + axis] = at[axis]
            _note_rest(desk, 2 * axis, new)
            new += 1
        if spaces[each, 3 + axis] - at[3 + axis] >= thinnest and new < len(fresh) - 2:
            for side in range(SPACE):
                fresh[new, side] = spaces[each, side]
            fresh[new, axis] = at[3 + axis]
            _note_rest(desk, 2 * axis + 1, new)
            new += 1
    return new


@compiled
def _note_rest(desk: Desk, face: int, new: int) -> None:
    desk.face[new] = face
    desk.rests[face, desk.rests_count[face]] = new
    desk.rests_count[face] += 1


@compiled
def _note_beside(desk: Desk, face: int, space: int) -> None:
    desk.beside[face, desk.beside_count[face]] = space
    desk.beside_count[face] += 1


@inlined
def _add(spaces: Array, kept: int, desk: Desk, new: int) -> int:
    """Add the new spaces that take some box left and lie in no other, as many as have room."""
    fresh = desk.fresh
    for each in range(new):
        dx = fresh[each, 3] - fresh[each, 0]
        dy = fresh[each, 4] - fresh[each, 1]
        dz = fresh[each, 5] - fresh[each, 2]
        if kept == SPACES_MAX or not takes_one_of(desk.least, desk.least_count[0], dx, dy, dz):
            continue
        if not _is_hidden(spaces, desk, each):
            for side in range(SPACE):
                spaces[kept, side] = fresh[each, side]
            kept += 1
    return kept


@compiled
def _is_hidden(spaces: Array, desk: Desk, each: int) -> bool:
    """Whether a new space lies in another; of equal new ones only the first does not.

    It can only lie in what ends at the same face of the placement: what reaches further would
    have met the placement.
    """
    fresh, face = desk.fresh, desk.face[each]
    for which in range(desk.beside_count[face]):
        if _lies_in(fresh, each, spaces, desk.beside[face, which]):
            return True
    for which in range(desk.rests_count[face]):
        other = desk.rests[face, which]
        if other == each or not _lies_in(fresh, each, fresh, other):
            continue
        if other < each or not _lies_in(fresh, other, fresh, each):
            return True
    return False


@compiled
def _lies_in(ones: Array, one: int, others: Array, other: int) -> bool:
    return (
        (ones[one, 0] >= others[other, 0]) & (ones[one, 3] <= others[other, 3])
        & (ones[one, 1] >= others[other, 1]) & (ones[one, 4] <= others[other, 4])
        & (ones[one, 2] >= others[other, 2]) & (ones[one, 5] <= others[other, 5])
    )  # fmt: skip
