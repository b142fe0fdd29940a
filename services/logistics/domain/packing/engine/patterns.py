"""Fill the same container again and again, each time for what the boxes are worth just then.

Blocks and arrays are made once; only the worth of the blocks and the boxes left change.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.logistics.domain.packing.engine.blocks import sorted_by_worth
from services.logistics.domain.packing.engine.search import Limit, Search, run
from services.logistics.domain.packing.engine.types import LONG, VOLUME, Array, Blocks
from services.logistics.domain.packing.engine.unfold import boxes_of
from services.logistics.domain.packing.plan import Placement
from services.logistics.domain.packing.request import LoadRequest

UNITS_PER_WORTH = 1_000_000_000
"""Worths become whole numbers, so that sums of them are the same on every machine."""

NEARLY = 0.95
"""What a pattern must be worth, beside the best found so far, to be kept as well."""


@dataclass(frozen=True)
class Pattern:
    """One way to load the container: how many boxes of each kind, and where they stand."""

    counts: tuple[int, ...]
    boxes: tuple[Placement, ...]


class Filler:
    """Finds patterns for one request."""

    def __init__(self, request: LoadRequest, *, seed: int) -> None:
        self._request = request
        self._search = Search(request, seed=seed)
        self._blocks = self._search.blocks
        self.work = 0

    def fill(self, left: Sequence[int], *, work: int, worth: Sequence[float] = ()) -> list[Pattern]:
        """Return patterns of the boxes left, the one worth most first; without worths, of volume.

        The others are plans that the search ended on its way: a cover is made of patterns, too,
        that are the best at no price.
        """
        search = self._search
        search.cargo = search.cargo._replace(quantity=np.array(left, search.cargo.quantity.dtype))
        worths = (
            np.array([round(UNITS_PER_WORTH * each) for each in worth], LONG)
            if worth
            else search.cargo.volume
        )
        search.blocks = _valued(self._blocks, worths)
        search.whole = int((worths * search.cargo.quantity).sum())
        search.best_volume[0] = -1
        search.desk.found[0] = 0
        found: dict[tuple[int, ...], Pattern] = {}

        def keep(slot: int) -> None:
            if search.states.tally[slot, VOLUME] >= NEARLY * search.best_volume[0]:
                pattern = self._pattern(slot)
                found.setdefault(pattern.counts, pattern)

        limit = Limit(math.inf, work, elapsed=_never, started=0.0)
        self.work += run(search, limit, ended=keep)
        best = self._pattern(-1)
        found.pop(best.counts, None)
        return [best, *found.values()]

    def _pattern(self, slot: int) -> Pattern:
        search = self._search
        counts = search.cargo.quantity - search.states.left[slot]
        boxes = boxes_of(search.states, search.blocks, search.unit, self._request, slot=slot)
        return Pattern(counts=tuple(counts.tolist()), boxes=boxes)


def _never() -> float:
    """No clock: a filler is limited by work alone."""
    return 0.0


def _valued(blocks: Blocks, worths: Array) -> Blocks:
    """Return the blocks with what their boxes are worth in place of their volume, best first."""
    value = np.zeros(len(blocks.worth), LONG)
    kinds = blocks.rows[:, 3]
    for each in range(int(kinds.max())):
        there = kinds > each
        kind, count = blocks.rows[:, 4 + 2 * each], blocks.rows[:, 5 + 2 * each]
        value += np.where(there, worths[np.where(there, kind, 0)] * count, 0)
    return sorted_by_worth(blocks._replace(volume=value), len(value))
