"""The door for loads larger than a container: as few equal containers as can be found.

Containers filled one after the other give a first answer and the first patterns. Patterns are then
made for what the boxes are worth in the relaxation of the cover, first for the whole load and then
for what its whole containers leave over. While work is left, some containers of the cover are
emptied and filled again with other preferences: more patterns to choose from. A cover may hold a
box too often: it is taken out where nothing stands on it, or its container is filled anew.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

from services.logistics.domain.packing.cover import cover, relax
from services.logistics.domain.packing.plan import LoadPlan, Placement
from services.logistics.domain.packing.planner import checked_plan
from services.logistics.domain.packing.refusals import check_request
from services.logistics.domain.packing.request import SUPPORT_NONE, LoadRequest
from shared.kernel.errors import Rejected

WORK_DEFAULT = 30_000
FILLS = 60
"""Into how many fills the work is divided, about: some are allowed several shares."""
GAIN_MIN = 1e-6
LONGER = 4
VARIATIONS = 6
"""How often some containers are filled again before the cover is made anew."""
EMPTIED_MAX = 4
PREFERENCE = (0.7, 1.3)
CONTAINERS_MAX = 500


class FleetRuleUnknown(Rejected):
    """Balance and drops are kept in one container, not across several."""

    code = "logistics.fleet-rule-unknown"
    help = "Leave balance and drops out, or plan each container by itself."


class FleetTooLarge(Rejected):
    """The load would fill more containers than are planned at once."""

    code = "logistics.fleet-too-large"
    help = f"Plan at most {CONTAINERS_MAX} containers at once."


@dataclass(frozen=True, kw_only=True)
class FleetPlan:
    """A checked plan per container; `bound` is what volume and payload alone would need."""

    plans: tuple[LoadPlan, ...]
    bound: int
    seed: int
    work: int
    seconds: float


def plan_fleet(
    request: LoadRequest,
    *,
    seed: int = 0,
    work: int = WORK_DEFAULT,
    elapsed: Callable[[], float] = time.monotonic,
) -> FleetPlan:
    """Return a plan for every box in as few containers as were found within the work.

    The same request, seed and work give the same plans. Raises a Rejected with its own code.
    """
    started = elapsed()
    check_request(request)
    if request.container.balance_permille is not None or len({i.drop for i in request.items}) > 1:
        raise FleetRuleUnknown("balance and drops are planned for one container", field="container")
    found = _Fleet(request, seed=seed, work=work)
    loads = found.load()
    return FleetPlan(
        plans=tuple(
            checked_plan(boxes, _aboard(request, boxes), seed=seed, work=0, seconds=0.0)
            for boxes in loads
        ),
        bound=_bound(request),
        seed=seed,
        work=found.work,
        seconds=elapsed() - started,
    )


def _bound(request: LoadRequest) -> int:
    """Return the containers that the volume, or the payload, needs however well it is packed."""
    volume = sum(item.volume_mm3 * item.quantity for item in request.items)
    bound = -(-volume // request.container.volume_mm3)
    if request.container.payload_g is not None:
        weight = sum(item.weight_g * item.quantity for item in request.items)
        bound = max(bound, -(-weight // request.container.payload_g))
    return bound


def _aboard(request: LoadRequest, boxes: Sequence[Placement]) -> LoadRequest:
    """Return the request for just these boxes."""
    counts = _counted(request, boxes)
    return replace(
        request,
        items=tuple(
            replace(item, quantity=aboard)
            for item, aboard in zip(request.items, counts, strict=True)
            if aboard
        ),
    )


def _counted(request: LoadRequest, boxes: Sequence[Placement]) -> list[int]:
    kinds = {item.sku: kind for kind, item in enumerate(request.items)}
    counts = [0] * len(kinds)
    for at in boxes:
        counts[kinds[at.sku]] += 1
    return counts


class _Fleet:
    """One search for few containers: the patterns found so far and the work done."""

    def __init__(self, request: LoadRequest, *, seed: int, work: int) -> None:
        from services.logistics.domain.packing.engine.patterns import Filler

        self._request = request
        self._seed = seed
        self._draw = random.Random(seed)  # noqa: S311 -- not a secret
        self._work = work
        self._filler = Filler(request, seed=seed)
        self._wanted = [item.quantity for item in request.items]
        self._patterns: dict[tuple[int, ...], tuple[Placement, ...]] = {}

    @property
    def work(self) -> int:
        return self._filler.work

    def load(self) -> list[tuple[Placement, ...]]:
        """Return the boxes of each container, every box wanted exactly once."""
        share = max(self._work // FILLS, 1)
        best = self._one_after_the_other(self._wanted, 2 * share)
        self._price(self._wanted, share)
        left = self._left_over()
        if any(left):
            self._price(left, share)
        while True:
            loads = best
            for exactly in (False, True):
                found = self._covering(exactly=exactly)
                exact = self._without_surplus(found, LONGER * share) if found else None
                loads = found or loads
                if exact is not None:
                    best = min(best, exact, key=len)
                    break
            if self.work >= self._work or len(best) <= _bound(self._request):
                return best
            for _ in range(VARIATIONS):
                self._vary(loads, share)
            worth = relax(list(self._patterns), self._wanted).worth
            self._filled(self._wanted, LONGER * share, worth)

    def _covering(self, *, exactly: bool) -> list[tuple[Placement, ...]]:
        """Return a cover by the patterns so far; none if it was not found in time."""
        counts = list(self._patterns)
        uses = cover(counts, self._wanted, exactly=exactly, seed=self._seed)
        return [
            self._patterns[pattern]
            for pattern, times in zip(counts, uses or (0,) * len(counts), strict=True)
            for _ in range(times)
        ]

    def _vary(self, loads: Sequence[tuple[Placement, ...]], work: int) -> None:
        """Empty some containers and fill them again, with other boxes preferred."""
        few = self._draw.randint(1, min(len(loads), EMPTIED_MAX))
        counted = [_counted(self._request, boxes) for boxes in self._draw.sample(loads, few)]
        wanted = [min(sum(n), m) for *n, m in zip(*counted, self._wanted, strict=True)]
        preferred = [
            item.volume_mm3 / self._request.container.volume_mm3 * self._draw.uniform(*PREFERENCE)
            for item in self._request.items
        ]
        self._one_after_the_other(wanted, work, preferred)

    def _one_after_the_other(
        self, wanted: Sequence[int], work: int, worth: Sequence[float] = ()
    ) -> list[tuple[Placement, ...]]:
        left = list(wanted)
        loads: list[tuple[Placement, ...]] = []
        while any(left):
            counts, boxes = self._filled(left, work, worth)
            # The same again as often as it can be: equal containers need no new search.
            while any(left) and all(n <= m for n, m in zip(counts, left, strict=True)):
                if len(loads) == CONTAINERS_MAX:
                    raise FleetTooLarge(f"more than {CONTAINERS_MAX} containers", field="items")
                loads.append(boxes)
                left = [m - n for n, m in zip(counts, left, strict=True)]
        return loads

    def _price(self, wanted: Sequence[int], work: int) -> None:
        """Add patterns that are worth more than a container, as long as work is left.

        Where a search finds none, a longer one may.
        """
        ends = self.work + (self._work - self.work) * 2 // 3
        while self.work < ends:
            worth = relax(list(self._patterns), wanted).worth
            counts, _ = self._filled(wanted, min(work, ends - self.work), worth)
            if sum(n * w for n, w in zip(counts, worth, strict=True)) <= 1 + GAIN_MIN:
                work *= LONGER
                if work > ends - self.work:
                    break

    def _left_over(self) -> list[int]:
        """Return what the whole containers of the relaxation do not hold."""
        counts = list(self._patterns)
        left = list(self._wanted)
        for pattern, use in zip(counts, relax(counts, self._wanted).uses, strict=True):
            left = [m - int(use + GAIN_MIN) * n for m, n in zip(left, pattern, strict=True)]
        return [max(m, 0) for m in left]

    def _filled(
        self, left: Sequence[int], work: int, worth: Sequence[float] = ()
    ) -> tuple[tuple[int, ...], tuple[Placement, ...]]:
        found = self._filler.fill(left, work=work, worth=worth)
        for pattern in found:
            self._patterns.setdefault(pattern.counts, pattern.boxes)
        return found[0].counts, found[0].boxes

    def _without_surplus(
        self, loads: Sequence[tuple[Placement, ...]], work: int
    ) -> list[tuple[Placement, ...]] | None:
        """Return the loads with no box too often, or None where that could not be done."""
        exact = [list(boxes) for boxes in loads]
        surplus = [-wanted for wanted in self._wanted]
        for boxes in exact:
            surplus = [s + n for s, n in zip(surplus, _counted(self._request, boxes), strict=True)]
        for kind, item in enumerate(self._request.items):
            while surplus[kind] > 0:
                if not self._takes_out(exact, item.sku) and not self._refills(
                    exact, kind, item.sku, work
                ):
                    return None
                surplus[kind] -= 1
        return [tuple(boxes) for boxes in exact if boxes]

    def _takes_out(self, loads: list[list[Placement]], sku: str) -> bool:
        """Take a box out of the emptiest load in which nothing stands on one of its kind."""
        floats = self._request.support_permille == SUPPORT_NONE
        for boxes in sorted(loads, key=lambda each: sum(at.volume_mm3 for at in each)):
            for at in boxes:
                if at.sku == sku and (floats or not any(_on(other, at) for other in boxes)):
                    boxes.remove(at)
                    return True
        return False

    def _refills(self, loads: list[list[Placement]], kind: int, sku: str, work: int) -> bool:
        """Load a container that holds such a box anew without it."""
        for which in _holding(loads, sku):
            counts = _counted(self._request, loads[which])
            counts[kind] -= 1
            pattern, *_ = self._filler.fill(counts, work=work)
            if list(pattern.counts) == counts:
                loads[which] = list(pattern.boxes)
                return True
        return False


def _holding(loads: Sequence[Sequence[Placement]], sku: str) -> Iterator[int]:
    return (which for which, boxes in zip(count(), loads, strict=False)
            if any(at.sku == sku for at in boxes))  # fmt: skip


def _on(upper: Placement, lower: Placement) -> bool:
    """Whether a box stands on another."""
    return upper.z_mm == lower.high[2] and all(
        upper.low[axis] < lower.high[axis] and lower.low[axis] < upper.high[axis] for axis in (0, 1)
    )
