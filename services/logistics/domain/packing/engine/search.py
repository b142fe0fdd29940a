"""The beam search around the compiled parts: how wide, how long, and what came of it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.logistics.domain.packing.engine.beam import expand, grow
from services.logistics.domain.packing.engine.blocks import make_blocks
from services.logistics.domain.packing.engine.cargo import cargo_of, is_limited, unit_of
from services.logistics.domain.packing.engine.types import (
    AT_DROP,
    INT,
    LONG,
    N_PLACED,
    N_SPACES,
    NO_LIMIT,
    PLACED,
    SPACE,
    SPACES_MAX,
    STRETCH,
    TALLY,
    VOLUME,
    WEIGHT_LEFT,
    Array,
    Blocks,
    Cargo,
    Desk,
    States,
)
from services.logistics.domain.packing.engine.unfold import boxes_of
from services.logistics.domain.packing.plan import Placement
from services.logistics.domain.packing.request import SUPPORT_NONE, LoadRequest

WIDTH_MAX = 500
PLACED_MAX = 2_000
SECONDS_DEFAULT = 2.0
WIDTH_FIRST = 2
SHARES = (0.1, 0.95)
"""The parts of what is left that go into the second and the third beam."""
ALIKE_MIN = 2.5
"""Where fewer boxes than this are of one kind in the mean, blocks may have small gaps."""
FILL_MIN_OF_FEW_ALIKE = 0.98

ROUNDS_MAX = 12
"""How often a load that is done sooner than thought is tried again, wider."""


@dataclass(frozen=True)
class Found:
    """Where boxes stand, and how many steps it took to find that."""

    boxes: tuple[Placement, ...]
    work: int


class Limit:
    """How long a search may go on: by the clock, by steps of work, or both."""

    def __init__(
        self, seconds: float, work: int | None, *, elapsed: Callable[[], float], started: float
    ) -> None:
        self._ends = started + seconds
        self._work = math.inf if work is None else work
        self._elapsed = elapsed
        self._searching_since = elapsed()

    def left(self, done: int) -> float:
        """Return the steps that may still be taken, judging by the pace so far."""
        if math.isinf(self._ends):
            return self._work - done
        now = self._elapsed()
        pace = max(done, 1) / max(now - self._searching_since, 1e-6)
        return min(self._work - done, (self._ends - now) * pace)


class Search:
    """All arrays of one search."""

    def __init__(self, request: LoadRequest, *, seed: int) -> None:
        self.unit = unit_of(request)
        self.cargo = cargo_of(request, self.unit)
        self.supported = request.support_permille > SUPPORT_NONE or is_limited(request)
        self.blocks = make_blocks(self.cargo, seed=seed, fill_min=fill_min_of(request))
        boxes = request.quantity
        self.states = _states(self.cargo, request, boxes=min(boxes, PLACED_MAX))
        self.desk = _desk(self.cargo, self.blocks, placed=min(boxes, PLACED_MAX))
        self.payload = request.container.payload_g or NO_LIMIT
        self.best_volume = np.zeros(1, LONG)
        self.whole = min(
            int((self.cargo.volume * self.cargo.quantity).sum()), int(self.cargo.size.prod())
        )

    @property
    def done(self) -> int:
        return int(self.desk.found[0])


def fill_min_of(request: LoadRequest) -> float:
    """Return how much of a block its boxes must fill.

    Alike boxes make enough blocks without gaps, and others only slow the search down. Where few
    are alike hardly any two sides are equal: measured at 5 s with full support, small gaps bring
    0.8 points of the container with 60 kinds and 2.4 with 100, but cost 0.4 to 0.9 with 30 or 40.
    """
    few = request.quantity < ALIKE_MIN * len(request.items)
    return FILL_MIN_OF_FEW_ALIKE if few else 1.0


def search(
    request: LoadRequest,
    *,
    seed: int,
    seconds: float | None,
    work: int | None,
    elapsed: Callable[[], float],
) -> Found:
    """Return the best load found within the limits, its boxes in no particular order."""
    started = elapsed()
    if seconds is None:
        seconds = math.inf if work is not None else SECONDS_DEFAULT
    found = Search(request, seed=seed)
    limit = Limit(seconds, work, elapsed=elapsed, started=started)
    steps = run(found, limit)
    boxes = boxes_of(found.states, found.blocks, found.unit, request)
    return Found(boxes=boxes, work=steps)


def run(search: Search, limit: Limit, *, ended: Callable[[int], None] = lambda _: None) -> int:
    """Search ever wider until the limit; return the steps taken.

    A beam costs about the square of its width: what the last one took says how wide the next is.
    `ended` is told of each slot whose plan takes no more boxes, while the plan lies there.
    """
    _first_plan(search)
    if limit.left(search.done) <= 0:
        return search.done
    width = WIDTH_FIRST
    for share in (*SHARES, *(1.0 for _ in range(ROUNDS_MAX))):
        before = search.done
        beam(search, limit, width=width, ended=ended)
        may = share * limit.left(search.done)
        if may <= 0 or search.best_volume[0] >= search.whole or width == WIDTH_MAX:
            break
        width = int(width * math.sqrt(may / max(search.done - before, 1)))
        width = min(max(width, 1), WIDTH_MAX)
    return search.done


def _first_plan(search: Search) -> None:
    """Complete the empty container once, so that there is a plan whatever the limit."""
    _reset(search, 0)
    _expanded(search, 0, 1, promised=0)


def beam(search: Search, limit: Limit, *, width: int, ended: Callable[[int], None]) -> None:
    """Run one beam from the empty container: so many plans a level, so many children of each."""
    kept, spare, count = 0, WIDTH_MAX, 1
    promised = np.zeros(1, LONG)
    _reset(search, 0)
    while count > 0:
        grown: list[Array] = []
        for slot in range(kept, kept + count):
            rows = _expanded(search, slot, width, promised=int(promised[slot - kept]))
            grown.append(rows)
            if not len(rows):
                ended(slot)
            if limit.left(search.done) <= 0 or search.best_volume[0] >= search.whole:
                return
        promised = _keep_best(search, np.concatenate(grown), width=width, to=spare)
        count = len(promised)
        kept, spare = spare, kept


def _expanded(search: Search, slot: int, width: int, *, promised: int) -> Array:
    """Return the children of a slot: promised volume, block, space and parent."""
    rows = np.zeros((width, 4), LONG)
    children = expand(
        search.cargo, search.blocks, search.states, search.desk, slot, width,
        promised, search.supported, search.best_volume, rows,
    )  # fmt: skip
    rows[:, 3] = slot
    return rows[:children]


def _keep_best(search: Search, rows: Array, *, width: int, to: int) -> Array:
    """Make the children that promise most the next level, one for each promised volume.

    Returns what each of them promises.
    """
    _, first = np.unique(-rows[:, 0], return_index=True)
    chosen = rows[first[:width]]
    for slot, (_, block, at, parent) in enumerate(chosen, start=to):
        grow(
            search.cargo, search.blocks, search.states, search.desk, parent, slot, at, block,
            search.supported,
        )  # fmt: skip
    promises: Array = chosen[:, 0]
    return promises


def _reset(search: Search, slot: int) -> None:
    """Make a slot the empty container."""
    states, cargo = search.states, search.cargo
    tally = states.tally[slot]
    tally[N_SPACES], tally[N_PLACED], tally[VOLUME] = 1, 0, 0
    states.spaces[slot, 0] = (0, 0, 0, *cargo.size, -1, -1)
    states.left[slot] = cargo.quantity
    tally[AT_DROP] = cargo.drop.max()
    tally[WEIGHT_LEFT] = search.payload


def _states(cargo: Cargo, request: LoadRequest, *, boxes: int) -> States:
    slots = 2 * WIDTH_MAX + 2
    return States(
        spaces=np.zeros((slots, SPACES_MAX, SPACE), INT),
        placed=np.zeros((slots, boxes, PLACED), INT),
        allowed=np.zeros((slots, boxes, 2), LONG),
        left=np.zeros((slots, len(cargo.quantity)), INT),
        tally=np.zeros((slots, TALLY), LONG),
    )


def _desk(cargo: Cargo, blocks: Blocks, *, placed: int) -> Desk:
    longest, made, turned = int(cargo.size.max()), len(blocks.worth), len(cargo.turned)
    fits = np.zeros(STRETCH, np.bool_)
    return Desk(
        sums=np.zeros(longest // 64 + 1, np.uint64),
        bits=np.zeros((3, longest // 64 + 1), np.uint64),
        reach=np.zeros((3, longest + 1), INT),
        bits_kept=np.zeros((3, longest // 64 + 1), np.uint64),
        reach_kept=np.zeros((3, longest + 1), INT),
        least=np.zeros((turned, 4), INT),
        least_kept=np.zeros((turned, 4), INT),
        least_count=np.zeros(2, INT),
        live=np.zeros(made, INT),
        sides=np.zeros((3, made), INT),
        live_kept=np.zeros(made, INT),
        sides_kept=np.zeros((3, made), INT),
        live_count=np.zeros(3, INT),
        fits=fits,
        eights=fits.view(np.uint64),
        near=np.zeros((6, placed), INT),
        fresh=np.zeros((5 * SPACES_MAX, SPACE), INT),
        beside=np.zeros((6, SPACES_MAX), INT),
        beside_count=np.zeros(6, INT),
        rests=np.zeros((6, SPACES_MAX), INT),
        rests_count=np.zeros(6, INT),
        face=np.zeros(5 * SPACES_MAX, INT),
        score=np.zeros(WIDTH_MAX),
        block=np.zeros(WIDTH_MAX, INT),
        corner=np.zeros((WIDTH_MAX, 2), INT),
        found=np.zeros(2, LONG),
    )
