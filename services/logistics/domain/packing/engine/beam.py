"""One level of the beam: every kept plan is tried with each of its best next blocks."""

from services.logistics.domain.packing.engine.compiled import compiled
from services.logistics.domain.packing.engine.greedy import (
    close_space,
    complete,
    copy_state,
    keep_list,
    list_blocks,
    next_drop,
    place,
    recall_list,
    shorten,
)
from services.logistics.domain.packing.engine.score import best_blocks
from services.logistics.domain.packing.engine.spaces import nearest
from services.logistics.domain.packing.engine.sums import take_stock
from services.logistics.domain.packing.engine.types import (
    N_PLACED,
    Array,
    Blocks,
    Cargo,
    Desk,
    States,
)


@compiled
def expand(
    cargo: Cargo, blocks: Blocks, states: States, desk: Desk, slot: int, most: int,
    promised: int, supported: bool, best: Array, out: Array,
) -> int:  # fmt: skip
    """Complete the plan of a slot once for each of its `most` next blocks; return how many.

    `out` gets for each child the volume it can be completed to, its block and its space.
    The first child is the greedy choice, so the volume `promised` for the plan itself is its own.
    The last two slots are scratch: a child, and the best plan so far, whose tally is `best`.
    """
    child, record = len(states.tally) - 2, len(states.tally) - 1
    list_blocks(blocks, states.left[slot], desk)
    desk.least_count[0] = 0
    take_stock(cargo, states.left[slot], desk)
    count = _candidates(cargo, blocks, states, desk, slot, most, supported)
    if count == 0:
        return 0
    shorten(desk)
    keep_list(desk)
    for each in range(count):
        if each == 0 and promised > 0:
            out[0, 0], out[0, 1], out[0, 2] = promised, desk.corner[0, 1], desk.corner[0, 0]
            continue
        copy_state(states, slot, child)
        recall_list(desk)
        desk.found[0] += 1
        at, block = desk.corner[each, 0], desk.corner[each, 1]
        place(cargo, blocks, states, desk, child, at, block, supported)
        volume = complete(cargo, blocks, states, desk, child, supported)
        out[each, 0], out[each, 1], out[each, 2] = volume, block, at
        if volume > best[0]:
            best[0] = volume
            copy_state(states, child, record)
    return count


@compiled
def grow(
    cargo: Cargo, blocks: Blocks, states: States, desk: Desk, parent: int, slot: int,
    at: int, block: int, supported: bool,
) -> None:  # fmt: skip
    """Make a slot the child of another: its plan and one more block."""
    copy_state(states, parent, slot)
    desk.least_count[0] = 0
    take_stock(cargo, states.left[slot], desk)
    place(cargo, blocks, states, desk, slot, at, block, supported)


@compiled
def _candidates(
    cargo: Cargo, blocks: Blocks, states: States, desk: Desk, slot: int, most: int, supported: bool
) -> int:
    """Write the best next blocks (space and block); spaces that nothing fits are closed."""
    if states.tally[slot, N_PLACED] >= states.placed.shape[1]:
        return 0
    while True:
        at = nearest(cargo, states, slot, supported)
        if at < 0:
            if next_drop(cargo, states, slot):
                continue
            return 0
        found = best_blocks(cargo, blocks, states, desk, slot, at, most, supported)
        if found > 0:
            break
        close_space(states, slot, at)
    for each in range(found):
        desk.corner[each, 0], desk.corner[each, 1] = at, desk.block[each]
    return found
