"""What taking orders costs: 500 in a request, one in a request, and more than can be taken.

    python -m tests.bench.bench_orders --out tests/bench/results/orders.json

On PostgreSQL, through the whole app without a network: routing, token, validation, use case,
driver, events. Beside it in the same run a bare FastAPI route that parses the same body and puts
it into one table with asyncpg. Rates are per second of CPU of the app's process, which is what one
worker does on a core of its own; p99 and goodput are by the clock, from when a request was due.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI

from services.orders.service import create_service
from services.orders.settings import OrdersSettings
from shared.contracts.orders.api import PlaceOrders
from shared.kernel.clock import SystemClock
from shared.kernel.ids import TimeOrderedIds
from shared.runtime import logging
from shared.runtime.memory import settle
from tests.bench.bench_ledger import server_cpu
from tests.bench.straight_caller import StraightCaller
from tests.builders.orders import an_order_body
from tests.builders.running import running
from tests.real import RealServers

ORDERS = 50_000
TINY = 0.02
"""The scale of the run beside the tests: two requests of 500 orders."""
LINES = 500
CALLERS = 32
HALF_LOAD_S = 20.0
OVERLOAD_S = 20.0
SINGLE = 3_000
GIVEN_UP_S = 10.0
"""Who waits longer has given up: a time-out."""
TARGETS = {
    "bulk_per_cpu_s_min": 2_500,
    "times_bare_max": 3,
    "p99_ms_max": 40,
    "goodput_of_peak_min": 0.6,
    "memory_mb_max": 64,
}
CN = "cn-hgh"
TAKEN = frozenset({201, 429, 503})


def run(scale: float = 1.0) -> dict[str, Any]:
    """Return CPU microseconds per order and how the service stands too much of it."""
    with ExitStack() as stack, TemporaryDirectory() as directory:
        # A line of JSON for every request, as in production, to nobody.
        stack.callback(structlog.configure, **structlog.get_config())
        logging.configure("info", stream=stack.enter_context(Path(os.devnull).open("w")))
        servers = RealServers.lead()
        stack.callback(servers.stop)
        server = stack.enter_context(servers.own_postgres())
        server.wait_ready()
        server.create_database("bare")
        return {
            "what": "taking orders on PostgreSQL: CPU µs of the app per order, rates, milliseconds",
            "targets": TARGETS,
            **asyncio.run(_measure(server, Path(directory), scale)),
        }


async def _measure(server: Any, directory: Path, scale: float) -> dict[str, Any]:
    count = max(2 * LINES, int(ORDERS * scale) // LINES * LINES)
    database = server_cpu(server.pid)
    url = server.url("orders").replace("postgresql://", "postgresql+asyncpg://")
    async with (
        running(
            create_service,
            OrdersSettings,
            database_url=url,
            directory=directory,
            requests_per_minute=1_000_000,
        ) as at,
        asyncpg.create_pool(server.url("bare"), min_size=2, max_size=10) as pool,
    ):
        settle()  # as every service does before it serves
        ours = StraightCaller(at.service.app, at.http.headers)
        theirs = StraightCaller(await _bare(pool), {})
        bodies = Bodies()
        bulk, bare = [], []
        for rounds in range(1 + min(4, count // LINES)):  # in turn: both see the same machine
            share = LINES if rounds == 0 else max(LINES, count // 4 // LINES * LINES)
            bulk.append(await _bulk(ours, "/v1/orders/bulk", bodies, share, database))
            bare.append(await _bulk(theirs, "/bulk", bodies, share, database))
        app_us = statistics.median(one["app_us"] for one in bulk[1:])
        bare_us = statistics.median(one["app_us"] for one in bare[1:])
        return {
            "orders": count,
            "bulk_app_us": round(app_us, 1),
            "bulk_database_us": round(statistics.median(o["database_us"] for o in bulk[1:]), 1),
            "bulk_per_cpu_s": round(1e6 / app_us),
            "bare_app_us": round(bare_us, 1),
            "times_bare": round(app_us / bare_us, 2),
            **await _single(ours, bodies, scale),
        }


class Bodies:
    """Orders that differ in their numbers alone."""

    def __init__(self) -> None:
        self._last = 0
        self._order = json.dumps(an_order_body(order_no="NUMBER"))

    def one(self) -> bytes:
        self._last += 1
        return self._order.replace("NUMBER", f"B-{self._last}").encode()

    def many(self, count: int) -> bytes:
        return b'{"orders": [' + b",".join(self.one() for _ in range(count)) + b"]}"


async def _bare(pool: asyncpg.Pool) -> FastAPI:
    """The least that takes orders: parse, insert, answer."""
    await pool.execute(
        "CREATE TABLE bare (id text PRIMARY KEY, platform text, no text, buyer jsonb, body jsonb,"
        " UNIQUE (platform, no))"
    )
    app, ids = FastAPI(), TimeOrderedIds(CN, SystemClock())

    @app.post("/bulk")
    async def take(body: PlaceOrders) -> list[str]:
        rows = [
            (
                ids.new("ord"),
                one.platform_code,
                one.order_no,
                one.buyer.model_dump_json(),
                one.model_dump_json(),
            )
            for one in body.orders
        ]
        async with pool.acquire() as connection, connection.transaction():
            await connection.executemany("INSERT INTO bare VALUES ($1, $2, $3, $4, $5)", rows)
        return [row[0] for row in rows]

    return app


async def _bulk(
    caller: StraightCaller, path: str, bodies: Bodies, count: int, database: Callable[[], float]
) -> dict[str, float]:
    made = [bodies.many(LINES) for _ in range(count // LINES)]
    theirs, ours = database(), time.process_time()
    for body in made:
        told = await caller.call("POST", path, body)
        assert b'"problem":{' not in told, told[:500]
    app, server = time.process_time() - ours, database() - theirs
    return {"app_us": app / count * 1e6, "database_us": server / count * 1e6}


async def _single(caller: StraightCaller, bodies: Bodies, scale: float) -> dict[str, Any]:
    """Return the peak of single orders, and what half of it and twice of it are like."""
    few = max(64, int(SINGLE * scale))
    await _closed(caller, bodies, 32)
    spent = time.process_time()
    peak = await _closed(caller, bodies, few)
    spent = time.process_time() - spent
    half = await _open(caller, bodies, per_s=peak / 2, for_s=max(0.5, HALF_LOAD_S * scale))
    before = _resident_mb()
    twice = await _open(caller, bodies, per_s=peak * 2, for_s=max(0.5, OVERLOAD_S * scale))
    return {
        "single_app_us": round(spent / few * 1e6, 1),
        "peak_per_s": round(peak),
        "half_load_p50_ms": half.percentile_ms(50),
        "half_load_p99_ms": half.percentile_ms(99),
        "overload": {
            "asked_per_s": round(peak * 2),
            "statuses": {str(status): n for status, n in sorted(twice.statuses.items())},
            "without_retry_after": twice.without_retry_after,
            "timed_out": twice.timed_out,
            "goodput_of_peak": round(twice.statuses[201] / twice.took_s / peak, 2),
            "memory_mb": round(max(0.1, _resident_mb() - before), 1),
            "answered_p99_ms": twice.percentile_ms(99),
        },
    }


async def _closed(caller: StraightCaller, bodies: Bodies, count: int) -> float:
    """Return orders per second when each caller asks again as soon as it is answered."""
    made = iter([bodies.one() for _ in range(count)])

    async def work() -> None:
        for body in made:
            await caller.call("POST", "/v1/orders", body)

    passed = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(CALLERS)))
    return count / (time.perf_counter() - passed)


@dataclass
class Load:
    """What became of requests that came whether or not those before were answered."""

    statuses: Counter[int] = field(default_factory=Counter)
    taken_s: list[float] = field(default_factory=list)
    without_retry_after: int = 0
    timed_out: int = 0
    took_s: float = 0.0

    def percentile_ms(self, percent: int) -> float:
        """Return how long the given share of taken orders took at most."""
        ordered = sorted(self.taken_s)
        return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1e3, 1)


async def _open(caller: StraightCaller, bodies: Bodies, *, per_s: float, for_s: float) -> Load:
    load, tasks = Load(), []
    started, ahead = time.perf_counter(), time.time() - time.perf_counter()

    async def ask(due: float) -> None:
        try:
            async with asyncio.timeout(GIVEN_UP_S):
                answer = await caller.ask("POST", "/v1/orders", bodies.one(), since=due + ahead)
        except TimeoutError:
            load.timed_out += 1
            return
        load.statuses[answer.status] += 1
        assert answer.status in TAKEN, answer.body[:300]
        if answer.status == 201:
            load.taken_s.append(time.perf_counter() - due)
        elif b"retry-after" not in answer.headers:
            load.without_retry_after += 1

    for number in range(int(per_s * for_s)):
        due = started + number / per_s
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(ask(due)))
    await asyncio.gather(*tasks)
    load.took_s = time.perf_counter() - started
    return load


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    text = json.dumps(run(options.scale), indent=2) + "\n"
    if options.out:
        options.out.write_text(text)
    sys.stdout.write(text)
