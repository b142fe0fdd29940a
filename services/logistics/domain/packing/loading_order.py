"""In which order boxes go in: what carries before what rests on it, what is behind first."""

import heapq
from collections.abc import Sequence

from services.logistics.domain.packing.plan import Placement

ORDERED_MAX = 3_000
"""Above this many boxes the order only says what must stand before something rests on it."""


def in_loading_order(boxes: Sequence[Placement]) -> tuple[Placement, ...]:
    """Return the boxes so that each can be pushed in from the door over a free way.

    Boxes that lock each other in (possible only without support) follow by height.
    """
    if len(boxes) > ORDERED_MAX:
        return tuple(sorted(boxes, key=lambda at: (at.z_mm, at.x_mm, at.y_mm)))
    after, waits = _graph(boxes)
    ready = [(_key(at), each) for each, at in enumerate(boxes) if waits[each] == 0]
    heapq.heapify(ready)
    order: list[int] = []
    while ready:
        _, each = heapq.heappop(ready)
        order.append(each)
        for later in after[each]:
            waits[later] -= 1
            if waits[later] == 0:
                heapq.heappush(ready, (_key(boxes[later]), later))
    locked = sorted(set(range(len(boxes))) - set(order), key=lambda each: boxes[each].z_mm)
    return tuple(boxes[each] for each in (*order, *locked))


def _key(at: Placement) -> tuple[int, int, int]:
    return (at.x_mm, at.y_mm, at.z_mm)


def _graph(boxes: Sequence[Placement]) -> tuple[list[list[int]], list[int]]:
    """Return for each box which must follow it, and how many must precede it."""
    import numpy as np

    low = np.array([at.low for at in boxes]).reshape(-1, 3)
    high = np.array([at.high for at in boxes]).reshape(-1, 3)
    after, waits = [], np.zeros(len(boxes), int)
    for each in range(len(boxes)):
        meets = (low < high[each]) & (low[each] < high)
        ahead = meets[:, 1] & meets[:, 2] & (low[:, 0] >= high[each, 0])
        above = meets[:, 0] & meets[:, 1] & (low[:, 2] >= high[each, 2])
        follow = np.flatnonzero(ahead | above)
        waits[follow] += 1
        after.append(follow.tolist())
    return after, waits.tolist()
