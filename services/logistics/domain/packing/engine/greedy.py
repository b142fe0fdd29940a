"""Finish a half-made plan by the best block for the nearest space, again and again."""

from services.logistics.domain.packing.engine.compiled import compiled, inlined
from services.logistics.domain.packing.engine.score import best_blocks, enough
from services.logistics.domain.packing.engine.spaces import corner_of, nearest, stand
from services.logistics.domain.packing.engine.types import (
    AT_DROP,
    GONE,
    N_PLACED,
    N_SPACES,
    VOLUME,
    Array,
    Blocks,
    Cargo,
    Desk,
    States,
)

GAPS_MAX = 8
"""One block of so many may be struck off before the list is written anew."""


@compiled
def copy_state(states: States, source: int, to: int) -> None:
    """Copy one half-made plan over another."""
    tally = states.tally[source]
    spaces, placed = tally[N_SPACES], tally[N_PLACED]
    for each in range(len(tally)):
        states.tally[to, each] = tally[each]
    states.spaces[to, :spaces] = states.spaces[source, :spaces]
    states.placed[to, :placed] = states.placed[source, :placed]
    states.allowed[to, :placed] = states.allowed[source, :placed]
    states.left[to, :] = states.left[source]


@inlined
def place(
    cargo: Cargo, blocks: Blocks, states: States, desk: Desk, slot: int, at: int, block: int,
    supported: bool,
) -> bool:  # fmt: skip
    """Put a block into a space's corner; say whether some kind ran out.

    What the desk knows of the boxes left must be true of the slot, and is so afterwards.
    """
    space = states.spaces[slot, at]
    row = blocks.rows[block]
    x, y, z = corner_of(
        cargo, space, row[0], row[1], row[2], states.tally[slot, AT_DROP], supported
    )
    return stand(cargo, blocks, states, desk, slot, block, x, y, z, space[6], supported)


@inlined
def close_space(states: States, slot: int, at: int) -> None:
    """Nothing fits there any more: forget the space, or close it until the next drop's turn."""
    tally = states.tally[slot]
    if tally[AT_DROP] > 0:
        states.spaces[slot, at, 7] = tally[AT_DROP]
        return
    last = tally[N_SPACES] - 1
    if at != last:
        states.spaces[slot, at, :] = states.spaces[slot, last]
    tally[N_SPACES] = last


@compiled
def next_drop(cargo: Cargo, states: States, slot: int) -> bool:
    """Turn to the next earlier drop that has boxes left; say whether there is one."""
    tally, found = states.tally[slot], 0
    for kind in range(len(cargo.drop)):
        drop = cargo.drop[kind]
        if drop < tally[AT_DROP] and states.left[slot, kind] > 0:
            found = max(found, drop)
    if found > 0:
        tally[AT_DROP] = found
    return found > 0


@compiled
def complete(
    cargo: Cargo, blocks: Blocks, states: States, desk: Desk, slot: int, supported: bool
) -> int:
    """Finish the plan in a slot; return its volume. The desk's lists must belong to the slot."""
    tally = states.tally[slot]
    while tally[N_PLACED] < states.placed.shape[1]:
        at = nearest(cargo, states, slot, supported)
        if at < 0:
            if next_drop(cargo, states, slot):
                continue
            break
        desk.found[0] += 1
        if best_blocks(cargo, blocks, states, desk, slot, at, 1, supported) == 0:
            close_space(states, slot, at)
        elif place(cargo, blocks, states, desk, slot, at, desk.block[0], supported):
            shorten(desk)
    return tally[VOLUME]


@compiled
def list_blocks(blocks: Blocks, left: Array, desk: Desk) -> None:
    """List the blocks for which enough boxes are left, with their sides."""
    count, rows, live, sides = 0, blocks.rows, desk.live, desk.sides
    for block in range(len(rows)):
        if enough(rows, block, left):
            live[count] = block
            for axis in range(3):
                sides[axis, count] = rows[block, axis]
            count += 1
    desk.live_count[0], desk.live_count[2] = count, 0


@compiled
def shorten(desk: Desk) -> None:
    """Close the gaps that struck off blocks left in the list, once they are many."""
    live, sides, kept = desk.live, desk.sides, 0
    if GAPS_MAX * desk.live_count[2] < desk.live_count[0]:
        return
    desk.live_count[2] = 0
    for each in range(desk.live_count[0]):
        if sides[0, each] == GONE:
            continue
        live[kept] = live[each]
        for axis in range(3):
            sides[axis, kept] = sides[axis, each]
        kept += 1
    desk.live_count[0] = kept


@compiled
def keep_list(desk: Desk) -> None:
    """Remember the list, for `recall_list`."""
    count = desk.live_count[0]
    desk.live_count[1] = count
    desk.live_kept[:count] = desk.live[:count]
    desk.sides_kept[:, :count] = desk.sides[:, :count]
    desk.reach_kept[:] = desk.reach
    desk.bits_kept[:] = desk.bits
    least = desk.least_count[0]
    desk.least_count[1] = least
    desk.least_kept[:least] = desk.least[:least]


@compiled
def recall_list(desk: Desk) -> None:
    """Make the list what it was when it was kept."""
    count = desk.live_count[1]
    desk.live_count[0], desk.live_count[2] = count, 0
    desk.live[:count] = desk.live_kept[:count]
    desk.sides[:, :count] = desk.sides_kept[:, :count]
    desk.reach[:] = desk.reach_kept
    desk.bits[:] = desk.bits_kept
    least = desk.least_count[1]
    desk.least_count[0] = least
    desk.least[:least] = desk.least_kept[:least]
