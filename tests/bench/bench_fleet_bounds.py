"""How many containers a load needs however well it is planned, beside what the planner takes.

Where volume alone does not settle it, the cover's relaxation does: its worths say which patterns
would make it smaller, and CP-SAT proves that none of them can stand (or finds it). A pattern that
it can't judge in time counts as possible, so that the bound holds all the same. With
EROAD_LOADING_INSTANCES naming a folder of thpack files, for the problems of thpack9.
"""

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from services.logistics.domain.packing.cover import relax
from services.logistics.domain.packing.fleet import FleetPlan, plan_fleet
from services.logistics.domain.packing.request import SUPPORT_NONE, Container, Item, LoadRequest
from tests.bench.bench_fleet import SUPPORTS
from tests.bench.bench_fleet import WORK as WORK_OF_THE_BENCH
from tests.bench.bench_loading import ENVIRONMENT
from tests.bench.exact_packing import can_stand
from tests.bench.loading_instances import read_instances

EPSILON = 1e-6
SECONDS = 20.0
"""For one pattern."""
SECONDS_IN_ALL = 180.0
"""For one problem; what is not judged by then counts as possible."""
Counts = tuple[int, ...]
TILES = LoadRequest(
    container=Container(length_mm=4, width_mm=3, height_mm=1),
    items=(Item(sku="tile", length_mm=2, width_mm=2, height_mm=1, quantity=6),),
)
"""Three have the volume of the container, and only two can lie in it."""


def run(scale: float) -> dict[str, Any]:
    """Prove what can be proven of each problem, or of one in miniature."""
    if scale < 1:
        return measure([TILES], work=200)
    folder = os.environ.get(ENVIRONMENT)
    return measure(read_instances(Path(folder) / "thpack9.txt") if folder else [TILES])


def measure(requests: Sequence[LoadRequest], *, work: int = WORK_OF_THE_BENCH) -> dict[str, Any]:
    """Return containers, what is proven to be needed, and the problems where the two differ."""
    started = time.monotonic()
    results = {}
    for words, support in SUPPORTS.items():
        found = [_judged(replace(each, support_permille=support), work) for each in requests]
        results[words] = {
            "containers": sum(containers for containers, _ in found),
            "needed": sum(needed for _, needed in found),
            "open": {
                str(number): f"{needed} to {containers}"
                for number, (containers, needed) in enumerate(found, 1)
                if needed < containers
            },
        }
    return {
        "what": "containers in all, and how many any plan needs",
        "problems": len(requests),
        "seconds": round(time.monotonic() - started, 3),
        "results": results,
    }


def _judged(request: LoadRequest, work: int) -> tuple[int, int]:
    plan = plan_fleet(request, seed=0, work=work)
    ends = time.monotonic() + SECONDS_IN_ALL
    return len(plan.plans), needed(request, plan, seconds=lambda: min(SECONDS, _left(ends)))


def _left(ends: float) -> float:
    return max(ends - time.monotonic(), 0.0)


def needed(request: LoadRequest, plan: FleetPlan, *, seconds: Callable[[], float]) -> int:
    """Return how many containers every plan of the load needs, as far as can be proven."""
    enough = len(plan.plans)
    if plan.bound == enough:
        return enough
    patterns = _Patterns(request, [_counted(request, each) for each in plan.plans])
    while True:
        relaxed = relax(patterns.possible, patterns.wanted)
        bound = max(math.ceil(relaxed.containers - EPSILON), plan.bound)
        worthwhile = patterns.worth_more_than_one(relaxed.worth)
        if bound < enough or not worthwhile:
            return bound
        for counts in worthwhile:
            if patterns.judge(counts, seconds()):
                break


def _counted(request: LoadRequest, plan: Any) -> Counts:
    skus = [at.sku for at in plan.placements]
    return tuple(skus.count(item.sku) for item in request.items)


@dataclass
class _Patterns:
    """What is known of the ways to fill one container."""

    request: LoadRequest
    possible: list[Counts]
    never: list[Counts] = field(default_factory=list)
    """Can't stand even without support, nor can what holds as many and more."""
    unsupported: set[Counts] = field(default_factory=set)
    """Can't stand with support: more boxes under them might help."""

    @property
    def wanted(self) -> Counts:
        return tuple(item.quantity for item in self.request.items)

    def worth_more_than_one(self, worth: Sequence[float]) -> list[Counts]:
        """Return what would make the relaxation smaller if it could stand, the smallest first.

        What can stand without support can do so with less, so of those the least are enough.
        """
        least_only = self.request.support_permille == SUPPORT_NONE
        found = (
            counts
            for counts in self._within_volume(worth)
            if counts not in self.unsupported
            and not any(_holds(counts, never) for never in self.never)
            and not (least_only and _has_to_spare(counts, worth))
        )
        return sorted(found, key=self._volume)

    def judge(self, counts: Counts, seconds: float) -> bool:
        """Say whether a pattern may be possible, and remember it."""
        if any(_holds(counts, never) for never in self.never):
            return False
        loose = replace(self.request, support_permille=SUPPORT_NONE)
        if seconds > 0 and can_stand(loose, counts, seconds=seconds) is False:
            self.never.append(counts)
            return False
        supported = self.request.support_permille > SUPPORT_NONE
        if supported and seconds > 0 and can_stand(self.request, counts, seconds=seconds) is False:
            self.unsupported.add(counts)
            return False
        self.possible.append(counts)
        return True

    def _volume(self, counts: Counts) -> int:
        return sum(n * i.volume_mm3 for n, i in zip(counts, self.request.items, strict=True))

    def _within_volume(self, worth: Sequence[float]) -> Iterator[Counts]:
        items, volume = self.request.items, self.request.container.volume_mm3

        def more(kind: int, counts: Counts, left: int, value: float) -> Iterator[Counts]:
            if kind == len(items):
                if value > 1 + EPSILON:
                    yield counts
                return
            item = items[kind]
            for count in range(min(item.quantity, left // item.volume_mm3) + 1):
                yield from more(
                    kind + 1,
                    (*counts, count),
                    left - count * item.volume_mm3,
                    value + count * worth[kind],
                )

        return more(0, (), volume, 0.0)


def _holds(counts: Counts, fewer: Counts) -> bool:
    return all(n >= m for n, m in zip(counts, fewer, strict=True))


def _has_to_spare(counts: Counts, worth: Sequence[float]) -> bool:
    """Whether one box less would still be worth more than one container."""
    value = sum(n * w for n, w in zip(counts, worth, strict=True))
    least = min(w for n, w in zip(counts, worth, strict=True) if n)
    return value - least > 1 + EPSILON
