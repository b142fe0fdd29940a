"""How few containers hold a load that is larger than one, beside filling one after the other.

Instances are drawn by Bischoff and Ratcliff's generator and multiplied; with
EROAD_LOADING_INSTANCES naming a folder of thpack files, the 47 problems of thpack9 (Ivancic, Mathur
and Mohanty 1989) are used as well. Work is counted in steps, so that the answer does not depend on
how busy the machine is; CPU time is measured beside it. The checker judges every container.
"""

import os
import platform
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from services.logistics.domain.packing.fleet import plan_fleet
from services.logistics.domain.packing.planner import plan_load
from services.logistics.domain.packing.request import SUPPORT_FULL, SUPPORT_NONE, LoadRequest
from tests.bench.bench_loading import ENVIRONMENT
from tests.bench.loading_instances import drawn_instance, read_instances

WORK = 150_000
"""Five times the default: what thpack9 may take, a minute for all its problems."""
SUPPORTS = {"full support": SUPPORT_FULL, "no support": SUPPORT_NONE}


def run(scale: float) -> dict[str, Any]:
    """Measure every problem, or in miniature."""
    if scale < 1:
        return measure({"drawn": [_several(3, seed=1, times=2)]}, work=200)
    sets = {"drawn": [_several(kinds, seed=100 + kinds, times=4) for kinds in (3, 5, 8, 12)]}
    folder = os.environ.get(ENVIRONMENT)
    if folder:
        sets["thpack9"] = read_instances(Path(folder) / "thpack9.txt")
    return measure(sets, work=WORK)


def measure(sets: dict[str, list[LoadRequest]], *, work: int) -> dict[str, Any]:
    """Return containers in all per set and support, beside a baseline of the same run."""
    plan_load(drawn_instance(3, seed=0), seed=0, work=1)  # compiled code is loaded, not timed
    return {
        "what": "containers in all; CPU seconds in all",
        "python": platform.python_version(),
        "cores_used": 1,
        "steps_per_problem": work,
        "problems": {name: len(requests) for name, requests in sets.items()},
        "results": {
            f"{name}, {words}": _result(requests, support, work=work)
            for name, requests in sets.items()
            for words, support in SUPPORTS.items()
        },
    }


def _result(requests: list[LoadRequest], support: int, *, work: int) -> dict[str, Any]:
    containers, greedy, bound, steps, cpu_s = 0, 0, 0, 0, 0.0
    for instance in requests:
        request = replace(instance, support_permille=support)
        before = time.process_time()
        plan = plan_fleet(request, seed=0, work=work)
        cpu_s += time.process_time() - before
        containers += len(plan.plans)
        bound += plan.bound
        steps += plan.work
        greedy += _one_after_the_other(request, work=work // 30)
    return {
        "containers": containers,
        "one_after_the_other": greedy,
        "ratio": round(containers / greedy, 4),
        "bound_by_volume": bound,
        "steps": steps,
        "cpu_s": round(cpu_s, 1),
    }


def _one_after_the_other(request: LoadRequest, *, work: int) -> int:
    count = 0
    while request.items:
        left_out = plan_load(request, seed=0, work=work).left_out
        items = (replace(i, quantity=left_out.get(i.sku, 0)) for i in request.items)
        request = replace(request, items=tuple(item for item in items if item.quantity))
        count += 1
    return count


def _several(kinds: int, *, seed: int, times: int) -> LoadRequest:
    drawn = drawn_instance(kinds, seed=seed)
    items = (replace(item, quantity=item.quantity * times) for item in drawn.items)
    return replace(drawn, items=tuple(items))
