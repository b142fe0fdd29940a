"""How long an event takes from one hub to the other while both are half busy.

Two whole exchanges in one process on PostgreSQL, HTTP between them in this process, events of 1 kB
in one stream. What they can do is measured first; then events are said at half of that rate, every
20 ms some. Lag is wall time in ms from the moment at which the origin's exchange is given an event
by its bus to the commit in which the peer applied it, with its signed receipt. CPU is that of both
hubs together, without PostgreSQL's and without the making of the events. Wall time depends on what
else the machine does, so the load that was there before is told beside it.
"""

import asyncio
import os
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from services.exchange.store.tables import arrived_frame, incoming
from services.exchange.store.tx import TAKEN
from shared.contracts.event import Envelope
from tests.bench.sample_events import STREAM, an_export
from tests.bench.two_hubs import TwoHubs, databases, two_hubs

EVENTS_FLAT_OUT = 8_000
BATCH = 500
HALF_LOAD_S = 20.0
TICK_S = 0.02
TARGET_P99_MS = 1_000
GIVE_UP_S = 120.0


def run(scale: float) -> dict[str, Any]:
    """Return the rate that both hubs reach, and the lag at half of it; SQLite in miniature."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name, databases(Path(name), real=scale >= 1) as urls:
        found = asyncio.run(_measure(urls, Path(name), scale))
    return {"load_before": round(load, 1) or 0.1, **found, "lag_p99_ms_target": TARGET_P99_MS}


async def _measure(urls: list[str], folder: Path, scale: float) -> dict[str, Any]:
    async with two_hubs(urls, folder, role="all") as hubs:
        lag = _Lag(hubs)
        watching = asyncio.create_task(lag.watch())
        try:
            lag.make(1)
            await lag.say(1)  # a first event opens the stream and warms both ends up
            await lag.all_applied()
            flat_out = max(100, round(EVENTS_FLAT_OUT * scale))
            lag.make(flat_out)
            began = time.perf_counter()
            for _ in range(0, flat_out, BATCH):
                await lag.say(min(BATCH, flat_out))
            await lag.all_applied()
            can_do = (lag.said - 1) / (time.perf_counter() - began)
            lag.lags_ms.clear()
            lag.make(round(can_do / 2 * HALF_LOAD_S * scale) + 1)
            frames = await lag.frames()
            said, cpu, began = lag.said, time.process_time(), time.perf_counter()
            await lag.say_at(can_do / 2, seconds=HALF_LOAD_S * scale)
            spent = time.process_time() - cpu
            wall = time.perf_counter() - began
            await lag.all_applied()
            frames = await lag.frames() - frames
        finally:
            watching.cancel()
    lags = sorted(lag.lags_ms)
    return {
        "events": len(lags),
        "can_do_events_per_s": round(can_do),
        "half_load_events_per_s": round((lag.said - said) / wall),
        "events_per_frame": round(len(lags) / frames, 1),
        "lag_p50_ms": round(lags[len(lags) // 2], 1),
        "lag_p99_ms": round(lags[len(lags) * 99 // 100], 1),
        "lag_max_ms": round(lags[-1], 1),
        "cpu_us_per_event_both_hubs": round(spent / len(lags) * 1e6, 1),
        "cpu_percent_of_a_core": round(spent / wall * 100, 1),
    }


class _Lag:
    """When each event of the stream was said, and how long after it was applied."""

    def __init__(self, hubs: TwoHubs) -> None:
        self.lags_ms: list[float] = []
        self.said = 0
        self._hubs = hubs
        self._made: list[Envelope] = []
        self._said_at: list[float] = []
        self._applied = 0
        self._draw = random.Random(2026)
        self._moved = asyncio.Event()

    def make(self, count: int) -> None:
        """Make as many events as will be said, so that none is made while lag is measured."""
        self._made = [an_export(self._draw) for _ in range(count)]

    async def say(self, count: int) -> None:
        """Give the origin some of the events made, or all that are left of them."""
        envelopes, self._made = self._made[:count], self._made[count:]
        count = len(envelopes)
        self._said_at += [time.perf_counter()] * count
        await self._hubs.say(envelopes, after=self.said)
        self.said += count

    async def say_at(self, rate: float, *, seconds: float) -> None:
        """Say events at a steady rate per second; one that is late does not make others later."""
        before, began = self.said, time.perf_counter()
        while (passed := time.perf_counter() - began) < seconds:
            if due := round(rate * passed) - (self.said - before):
                await self.say(due)
            await asyncio.sleep(TICK_S)

    async def watch(self) -> None:
        """Note, at each commit in which the peer took frames, how far it has come."""
        store = self._hubs.dest.store
        bell = store.bells[TAKEN]
        while True:
            seen = bell.rung
            async with store.reading() as tx:
                now = time.perf_counter()
                # Canaries cross in a stream of their own, and rows come in no order of their own.
                query = select(incoming.c.seq).where(incoming.c.area == STREAM.area)
                seq = int(await tx.connection.scalar(query) or 0)
            self.lags_ms += [(now - at) * 1e3 for at in self._said_at[self._applied : seq]]
            self._applied = max(self._applied, seq)
            self._moved.set()
            await bell.wait(after=seen, timeout_s=1.0)

    async def frames(self) -> int:
        """How many frames the peer has applied."""
        async with self._hubs.dest.store.reading() as tx:
            query = select(func.count()).where(arrived_frame.c.stream == STREAM.key)
            return int(await tx.connection.scalar(query) or 0)

    async def all_applied(self) -> None:
        """Return once the peer has everything that was said."""
        async with asyncio.timeout(GIVE_UP_S):
            while self._applied < self.said:
                self._moved.clear()
                await self._moved.wait()
