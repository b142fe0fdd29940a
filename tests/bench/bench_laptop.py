"""What a newcomer waits for: both hubs up, twenty parcels delivered and paid, on one machine.

Wall time depends on what else the machine does, so each stage says beside it the CPU seconds of the
two hub processes and, for the load around them, the run queue's length when it began.
"""

import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from deploy.laptop import Laptop, running
from deploy.scenario.run import run_story
from deploy.scenario.story import Story, read_story

FILE = Path(__file__).parents[2] / "deploy" / "scenarios" / "first-parcels.yaml"
READY_S_TARGET = 10
STORY_S_TARGET = 30
PEAK_MB_TARGET = 300
IDLE_S = 5.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def run(scale: float) -> dict[str, Any]:
    """Start both hubs in an empty folder and tell the story; below full scale, of one parcel."""
    story = read_story(FILE) if scale >= 1 else _of_one_parcel(read_story(FILE))
    queue = os.getloadavg()[0]
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as laptop:
        ready_s, ready_cpu_s = time.perf_counter() - began, _cpu_s(laptop)
        began = time.perf_counter()
        outcome = asyncio.run(run_story(story, laptop.plans, run="bench", console=None))
        story_s, story_cpu_s = time.perf_counter() - began, _cpu_s(laptop) - ready_cpu_s
        idle_from = _cpu_s(laptop)
        time.sleep(IDLE_S * min(1.0, scale * 2))
        idle_cpu_s = _cpu_s(laptop) - idle_from
        peaks = [_peak_mb(process.pid) for process in laptop.processes.values()]
    refused = sum(1 for each in story.goes_wrong if each.what == "pre-clearance-refuses")
    parcels = sum(group.count for group in story.orders) - refused
    assert scale < 1 or outcome.figures.hold(), "a story that went wrong measures nothing"
    return {
        "parcels": parcels,
        "load_before": round(queue, 1) or 0.1,
        "ready_s": round(ready_s, 1),
        "ready_s_target": READY_S_TARGET,
        "ready_cpu_s_both_hubs": round(ready_cpu_s, 1),
        "story_s": round(story_s, 1),
        "story_s_target": STORY_S_TARGET,
        "story_cpu_s_both_hubs": round(story_cpu_s, 1),
        "story_cpu_s_per_parcel": round(story_cpu_s / parcels, 2),
        "idle_cpu_percent_both_hubs": round(idle_cpu_s / IDLE_S * 100, 1) or 0.1,
        "peak_mb": max(peaks),
        "peak_mb_target": PEAK_MB_TARGET,
    }


def _of_one_parcel(story: Story) -> Story:
    one = story.orders[0].model_copy(update={"count": 1})
    expected = story.expected | {f"proceeds {story.currency}": "67.10"}
    return story.model_copy(update={"orders": (one,), "goes_wrong": (), "expected": expected})


def _cpu_s(laptop: Laptop) -> float:
    """CPU seconds of both hub processes so far."""
    return sum(_ticks(process.pid) for process in laptop.processes.values()) / TICKS_PER_S


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])  # user and system time


def _peak_mb(pid: int) -> int:
    """The most memory a process has held, as the kernel counted it."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    raise AssertionError("a Linux process has a peak")
