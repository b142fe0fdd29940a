"""How full the planner loads the whole classes of Bischoff and Ratcliff, with full support.

EROAD_LOADING_INSTANCES names a folder of thpack files, EROAD_LOADING_LIMITS how long each instance
may take and which of them do: "2:1 5:2 30:10" is 2 CPU seconds on every one, 5 on every second and
30 on every tenth of each class. EROAD_LOADING_PROCESSES says how many are planned at once, each on
a core. Every plan goes to the checker. Without the folder a few drawn instances stand in.
"""

import os
import platform
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from services.logistics.domain.packing.planner import plan_load
from services.logistics.domain.packing.request import SUPPORT_FULL, LoadRequest
from tests.bench.bench_loading import CLASSES, ENVIRONMENT, PROCESSES, Outcome, Run, measured, ours
from tests.bench.loading_instances import drawn_instance, read_instances

LIMITS = "EROAD_LOADING_LIMITS"
AIMS = {2.0: 94.7, 5.0: 95.1, 30.0: 95.6}
"""Percent, by CPU seconds per instance, for the mean over all 700."""


def run(scale: float) -> dict[str, Any]:
    """Measure what the environment asks for, or in miniature."""
    plan_load(drawn_instance(3, seed=0), seed=0, work=1)  # compiled code is loaded, not timed
    folder, limits = os.environ.get(ENVIRONMENT), os.environ.get(LIMITS, "2:1")
    if scale < 1 or not folder:
        classes = {"3 kinds, drawn": [drawn_instance(3, seed=number) for number in range(2)]}
        limits = "0.02:1"
    else:
        files = {f"BR{number}": Path(folder) / f"thpack{number}.txt" for number in CLASSES}
        classes = {name: read_instances(file) for name, file in files.items()}
    return {
        "what": "container utilisation in percent with full support, CPU seconds per instance",
        "python": platform.python_version(),
        "aims": {f"{seconds:g} s": percent for seconds, percent in AIMS.items()},
        "results": {limit: _result(classes, *limit.split(":")) for limit in limits.split()},
    }


def _result(classes: dict[str, list[LoadRequest]], seconds: str, every: str) -> dict[str, Any]:
    """Return the mean of each class, and that of the classes with its standard error."""
    asked = Run(name="", support=SUPPORT_FULL, seconds=float(seconds), plan=ours)
    first, step = int(every) // 2, int(every)
    parts = {name: instances[first::step] for name, instances in classes.items()}
    with ProcessPoolExecutor(int(os.environ.get(PROCESSES, "1"))) as pool:
        work = [(asked, instance) for part in parts.values() for instance in part]
        done = iter(list(pool.map(measured, work)))
    outcomes: dict[str, list[Outcome]] = {n: [next(done) for _ in p] for n, p in parts.items()}
    filled = {name: [one.filled for one in of_class] for name, of_class in outcomes.items()}
    variance = sum(stdev(shares) ** 2 / len(shares) for shares in filled.values())
    plans = [one for of_class in outcomes.values() for one in of_class]
    return {
        "filled": {name: round(mean(shares), 2) for name, shares in filled.items()},
        "mean": round(mean(mean(shares) for shares in filled.values()), 3),
        "standard_error": round(float(variance**0.5) / len(filled), 3),
        "instances": len(plans),
        "plans_breaking_a_rule": sum(bool(one.broken) for one in plans),
        "cpu_s_per_plan": round(mean(one.cpu_s for one in plans), 2),
    }
