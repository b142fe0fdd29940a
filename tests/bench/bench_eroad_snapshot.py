"""What a new hub costs whose past is let go: a snapshot of 100,000 records, made and taken.

Two exchanges in one process on PostgreSQL, HTTP between them in this process, records of 1 kB, each
of a subject of its own. CPU is that of the process, which is both hubs', without PostgreSQL's;
memory is the peak of the process before it and after it. A million is reckoned: time and CPU grow
with the records, memory does not. More than that no one snapshot holds.
"""

import asyncio
import os
import random
import resource
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from services.exchange.consumers.link import Link
from services.exchange.store.snapshot_tables import arrived_part
from services.exchange.store.tables import replica
from services.exchange.usecases.framer import Framer
from services.exchange.usecases.give_snapshot import (
    FRAMES_LET_GO_MAX,
    let_go_of_old_frames,
    make_snapshot,
)
from tests.bench.sample_events import STREAM, an_export
from tests.bench.two_hubs import databases, two_hubs

RECORDS = 100_000
BATCH = 500
MILLION = 1_000_000
NOTHING_KEPT = timedelta(days=-1)


def run(scale: float) -> dict[str, Any]:
    """Return time, CPU and memory of one snapshot; SQLite in miniature."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name, databases(Path(name), real=scale >= 1) as urls:
        found = asyncio.run(_measure(urls, Path(name), max(1, round(RECORDS * scale))))
    return {"load_before": round(load, 1) or 0.1, **found}


async def _measure(urls: list[str], folder: Path, records: int) -> dict[str, Any]:
    draw = random.Random(2026)
    async with two_hubs(urls, folder, role="api") as hubs:
        framer = hubs.part_of(hubs.origin, Framer)
        key = hubs.part_of(hubs.origin, Link).puller.taker.key
        taker = hubs.part_of(hubs.dest, Link).puller.snapshots
        said = 0
        while said < records:
            batch = [an_export(draw) for _ in range(min(BATCH, records - said))]
            await hubs.say(batch, after=said)
            said += len(batch)
            while await framer.close():
                pass
        for _ in range(records // BATCH // FRAMES_LET_GO_MAX + 1):
            async with hubs.origin.store.transaction() as tx:
                await let_go_of_old_frames(tx, kept=NOTHING_KEPT)
        before_mb = _peak_mb()
        made = _Spent()
        async with hubs.origin.store.transaction() as tx:
            await make_snapshot(tx, STREAM, key=key)
        made.stop()
        made_mb = _peak_mb()
        taken = _Spent()
        assert await taker.take(STREAM.key)
        taken.stop()
        async with hubs.dest.store.reading() as tx:
            held = await tx.connection.scalar(select(func.count()).select_from(replica))
            parts = await tx.connection.scalar(select(func.count()).select_from(arrived_part))
    assert held == records, held
    wall, cpu = made.wall_s + taken.wall_s, made.cpu_s + taken.cpu_s
    return {
        "records": records,
        "parts": int(parts or 0),
        "made_s": round(made.wall_s, 3),
        "made_cpu_us_per_record": round(made.cpu_s / records * 1e6, 1),
        "taken_s": round(taken.wall_s, 3),
        "taken_cpu_us_per_record": round(taken.cpu_s / records * 1e6, 1),
        "peak_mb_before": before_mb,
        "peak_mb_made": made_mb,
        "peak_mb_taken": _peak_mb(),
        "a_million_s_reckoned": round(wall / records * MILLION, 1),
        "a_million_cpu_s_reckoned": round(cpu / records * MILLION, 1),
    }


class _Spent:
    """Wall and CPU seconds of a stretch."""

    def __init__(self) -> None:
        self.wall_s, self.cpu_s = time.perf_counter(), time.process_time()

    def stop(self) -> None:
        self.wall_s = time.perf_counter() - self.wall_s
        self.cpu_s = time.process_time() - self.cpu_s


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
