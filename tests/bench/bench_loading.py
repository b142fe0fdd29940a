"""How full the planner loads a container, beside the packages a user would otherwise pick.

Instances are drawn by Bischoff and Ratcliff's generator with fixed seeds; with
EROAD_LOADING_INSTANCES naming a folder of thpack files, every twentieth of their instances is used
as well, or every so many as EROAD_LOADING_EVERY says; EROAD_LOADING_SECONDS lists other limits
than 2, of which rivals get the first. Each instance has one core and a limit of CPU time;
EROAD_LOADING_PROCESSES says how many are planned at once. Every plan goes to the checker.
"""

import os
import platform
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

from services.logistics.domain.packing.checker import faults_of
from services.logistics.domain.packing.plan import LoadPlan
from services.logistics.domain.packing.planner import plan_load
from services.logistics.domain.packing.request import SUPPORT_FULL, SUPPORT_NONE, LoadRequest
from tests.bench.loading_instances import drawn_instance, read_instances
from tests.bench.loading_rivals import rivals

ENVIRONMENT = "EROAD_LOADING_INSTANCES"
EVERY = "EROAD_LOADING_EVERY"
SECONDS = "EROAD_LOADING_SECONDS"
PROCESSES = "EROAD_LOADING_PROCESSES"
CLASSES = range(1, 8)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What to measure: which planner, how long, on how many instances of each class."""

    name: str
    support: int
    seconds: float
    plan: Callable[[LoadRequest, float], LoadPlan]


class Outcome(NamedTuple):
    """One plan: how full in percent, its CPU seconds, and the rules it breaks."""

    filled: float
    cpu_s: float
    broken: frozenset[str]


def run(scale: float) -> dict[str, Any]:
    """Measure what the environment asks for, or in miniature."""
    if scale < 1:
        return measure(seconds=(0.02,), every=100, kinds=(3,), drawn=1)
    return measure(
        seconds=tuple(float(limit) for limit in os.environ.get(SECONDS, "2").split()),
        every=int(os.environ.get(EVERY, "20")),
        processes=int(os.environ.get(PROCESSES, "1")),
    )


def measure(
    *,
    seconds: Sequence[float] = (2.0,),
    every: int = 20,
    kinds: Sequence[int] = (12, 30, 65, 100),
    drawn: int = 2,
    processes: int = 1,
) -> dict[str, Any]:
    """Return mean utilisation in percent per planner and class, and the rules broken."""
    plan_load(drawn_instance(3, seed=0), seed=0, work=1)  # compiled code is loaded, not timed
    runs = [
        Run(name=f"eroad {support_name} {limit:g} s", support=support, seconds=limit, plan=ours)
        for limit in seconds
        for support_name, support in (("full support", SUPPORT_FULL), ("no support", SUPPORT_NONE))
    ]
    others, absent = rivals()
    runs += [
        Run(name=name, support=_support_of(name), seconds=seconds[0], plan=rival)
        for name, rival in others.items()
    ]
    classes = {f"{number} kinds, drawn": _drawn(number, drawn) for number in kinds}
    folder = os.environ.get(ENVIRONMENT)
    if folder:
        classes |= {
            f"BR{number}": read_instances(Path(folder) / f"thpack{number}.txt")[4::every]
            for number in CLASSES
        }
    return {
        "what": "container utilisation in percent, mean per class; CPU seconds per instance",
        "python": platform.python_version(),
        "cores_used": 1,
        "instances": {name: len(instances) for name, instances in classes.items()},
        "results": {run.name: _result(run, classes, processes) for run in runs},
        "not_installed": ", ".join(absent) or "none",
    }


def _support_of(rival: str) -> int:
    """Judge a rival by the support it claims: only one of them claims none."""
    return SUPPORT_NONE if rival == "packingsolver3d box" else SUPPORT_FULL


def _drawn(kinds: int, count: int) -> list[LoadRequest]:
    return [drawn_instance(kinds, seed=1_000 * kinds + number) for number in range(count)]


def _result(run: Run, classes: dict[str, list[LoadRequest]], processes: int) -> dict[str, Any]:
    asked = [(run, instance) for instances in classes.values() for instance in instances]
    if processes == 1:
        outcomes: Iterator[Outcome] = map(measured, asked)
    else:
        with ProcessPoolExecutor(processes) as pool:
            outcomes = iter(list(pool.map(measured, asked)))
    filled: dict[str, float] = {}
    broken: Counter[str] = Counter()
    spent, plans = 0.0, 0
    for name, instances in classes.items():
        of_class = [next(outcomes) for _ in instances]
        plans += len(of_class)
        spent += sum(one.cpu_s for one in of_class)
        broken.update(fault for one in of_class for fault in one.broken)
        filled[name] = round(mean(one.filled for one in of_class), 2)
    public = [share for name, share in filled.items() if name.startswith("BR")]
    return {
        "filled": filled,
        "mean_br1_to_br7": round(mean(public), 2) if public else None,
        "plans": plans,
        "plans_breaking_a_rule": dict(broken),
        "cpu_s_per_plan": round(spent / max(plans, 1), 2),
    }


def measured(asked: tuple[Run, LoadRequest]) -> Outcome:
    """Return what came of one plan, judged by the checker."""
    run, instance = asked
    request = replace(instance, support_permille=run.support)
    spent = time.process_time()
    plan = run.plan(request, run.seconds)
    spent = time.process_time() - spent
    broken = {fault.code.value for fault in faults_of(plan, request)}
    return Outcome(100 * float(plan.utilisation), spent, frozenset(broken))


def ours(request: LoadRequest, seconds: float) -> LoadPlan:
    """Plan with so many CPU seconds."""
    return plan_load(request, seed=0, seconds=seconds, elapsed=time.process_time)
