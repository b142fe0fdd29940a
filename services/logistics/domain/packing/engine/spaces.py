"""Maximal empty spaces: which to fill next, and what is left of them once a block stands.

With full support a space lies on the floor or on the top of one block, and a block opens above
itself only its own top: what stands there is supported by it alone.
"""

from services.logistics.domain.packing.engine.compiled import compiled
from services.logistics.domain.packing.engine.types import (
    AT_DROP,
    N_PLACED,
    N_SPACES,
    SPACES_MAX,
    VOLUME,
    WEIGHT_LEFT,
    Array,
    Blocks,
    Cargo,
    Desk,
    States,
)


@compiled
def nearest(cargo: Cargo, states: States, slot: int, supported: bool) -> int:
    """Return the open space nearest to a corner of the container, the larger of equals, or -1."""
    best, least, largest = -1, 1 << 60, 0
    spaces = states.spaces[slot]
    drop = states.tally[slot, AT_DROP]
    size = cargo.size
    for at in range(states.tally[slot, N_SPACES]):
        space = spaces[at]
        if space[7] == drop:
            continue
        away = space[0] if drop > 0 else min(space[0], size[0] - space[3])
        away += min(space[1], size[1] - space[4])
        away += space[2] if supported else min(space[2], size[2] - space[5])
        if away > least:
            continue
        room = (space[3] - space[0]) * (space[4] - space[1]) * (space[5] - space[2])
        if away < least or room > largest:
            best, least, largest = at, away, room
    return best


@compiled
def corner_of(
    cargo: Cargo, space: Array, sides: Array, drop: int, supported: bool
) -> tuple[int, int, int]:
    """Return where a block of these sides stands in the space: at the side nearer to a wall."""
    size = cargo.size
    back = drop > 0 or space[0] <= size[0] - space[3]
    left = space[1] <= size[1] - space[4]
    low = supported or space[2] <= size[2] - space[5]
    x = space[0] if back else space[3] - sides[0]
    y = space[1] if left else space[4] - sides[1]
    z = space[2] if low else space[5] - sides[2]
    return x, y, z


@compiled
def stand(
    cargo: Cargo, blocks: Blocks, states: States, desk: Desk, slot: int,
    block: int, x: int, y: int, z: int, on: int, supported: bool,
) -> None:  # fmt: skip
    """Place a block with its low corner at a point, on a placement or on the floor (-1)."""
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
    for kind in range(row[3]):
        states.left[slot, row[4 + 2 * kind]] -= row[5 + 2 * kind]
    tally[N_PLACED] = placed + 1
    tally[VOLUME] += blocks.volume[block]
    tally[WEIGHT_LEFT] -= blocks.weight[block]
    ceiling = cargo.size[2] if supported else 0
    new = _cut(states.spaces[slot], tally, at, blocks.top[block], desk.fresh, ceiling)
    new = _useful(cargo, states.left[slot], desk.fresh, new)
    tally[N_SPACES] = _add(states.spaces[slot], tally[N_SPACES], desk.fresh, new)


@compiled
def _cut(spaces: Array, tally: Array, at: Array, carries: Array, fresh: Array, ceiling: int) -> int:
    """Take out the spaces that the placement meets; write what is left of them around it.

    Returns how many such rests there are. With full support `ceiling` is the height up to which
    the space on its top reaches; 0 without.
    """
    kept, new = 0, 0
    for each in range(tally[N_SPACES]):
        space = spaces[each]
        if (
            space[0] < at[3] and at[0] < space[3]
            and space[1] < at[4] and at[1] < space[4]
            and space[2] < at[5] and at[2] < space[5]
        ):  # fmt: skip
            new = _remains(space, at, fresh, new, ceiling > 0)
        else:
            if kept != each:
                spaces[kept, :] = space
            kept += 1
    if ceiling > at[5]:
        top = fresh[new]
        top[0], top[1], top[2] = at[0], at[1], at[5]
        top[3], top[4] = at[0] + carries[0], at[1] + carries[1]
        top[5], top[6], top[7] = ceiling, tally[N_PLACED] - 1, -1
        new += 1
    tally[N_SPACES] = kept
    return new


@compiled
def _useful(cargo: Cargo, left: Array, fresh: Array, new: int) -> int:
    """Keep the new spaces into which some box that is left fits; return how many those are."""
    kept, turned, lengths = 0, cargo.turned, cargo.lengths
    for each in range(new):
        dx = fresh[each, 3] - fresh[each, 0]
        dy = fresh[each, 4] - fresh[each, 1]
        dz = fresh[each, 5] - fresh[each, 2]
        if dx < lengths[0, 0, 0] or dy < lengths[1, 0, 0] or dz < lengths[2, 0, 0]:
            continue
        for box in range(len(turned)):
            if (
                turned[box, 1] <= dx and turned[box, 2] <= dy and turned[box, 3] <= dz
                and left[turned[box, 0]] > 0
            ):  # fmt: skip
                if kept != each:
                    for side in range(8):
                        fresh[kept, side] = fresh[each, side]
                kept += 1
                break
    return kept


@compiled
def _remains(space: Array, at: Array, fresh: Array, new: int, supported: bool) -> int:
    """Write the parts of a space beside, and without support above and below, a placement."""
    for axis in range(2 if supported else 3):
        if at[axis] > space[axis] and new < len(fresh) - 2:
            fresh[new, :] = space
            fresh[new, 3 + axis] = at[axis]
            new += 1
        if at[3 + axis] < space[3 + axis] and new < len(fresh) - 2:
            fresh[new, :] = space
            fresh[new, axis] = at[3 + axis]
            new += 1
    return new


@compiled
def _inside(one: Array, other: Array) -> bool:
    return (
        one[0] >= other[0] and one[3] <= other[3]
        and one[1] >= other[1] and one[4] <= other[4]
        and one[2] >= other[2] and one[5] <= other[5]
    )  # fmt: skip


@compiled
def _add(spaces: Array, kept: int, fresh: Array, new: int) -> int:
    """Add the new spaces that lie in no other, as many as there is room for."""
    old = kept
    for each in range(new):
        space = fresh[each]
        hidden = False
        for other in range(old):
            if _inside(space, spaces[other]):
                hidden = True
                break
        for other in range(new):
            if hidden:
                break
            if other != each and _inside(space, fresh[other]):
                hidden = other < each or not _inside(fresh[other], space)
        if not hidden and kept < SPACES_MAX:
            spaces[kept, :] = space
            kept += 1
    return kept
