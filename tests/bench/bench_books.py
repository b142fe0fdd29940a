"""What the books cost over HTTP: posting in bulk and singly, checking all, telling one story.

    python -m tests.bench.bench_books --out tests/bench/results/books.json

The app is called without a network, so its CPU is the service's own: routing, authorisation,
validation, the desk, the driver. The database's CPU stands beside it. The same lines one by one
are the baseline of bulk. Stories and statements are timed with all transfers present, the median
of many; a hot account's period holds every transfer there is.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog

from services.payments.service import create_service
from services.payments.settings import PaymentsSettings
from shared.kernel.clock import SystemClock
from shared.kernel.ids import TimeOrderedIds
from shared.runtime import logging
from shared.runtime.memory import settle
from tests.bench.bench_ledger import CpuClock, server_cpu
from tests.bench.straight_caller import StraightCaller
from tests.builders.running import running
from tests.component.payments.story import CN, ORDER, captured
from tests.real import RealServers

TRANSFERS = 1_000_000
TINY = 0.0005
"""The scale of the run beside the tests: one request of 500 lines, and 20 single ones."""
LINES = 500
SINGLE_SHARE = 200
"""So many times fewer are posted one by one."""
ACCOUNTS = 10_000
CALLERS = 32
LOOKS = 7
HOT = "due_from_hub:my-kul"
QUIET = "seller:5:available"
BULK = "/v1/transfers/bulk"
TARGETS = {
    "bulk_us_max": 100,
    "single_app_us_max": 450,
    "check_s_per_million_max": 30,
    "story_ms_max": 50,
}


def run(scale: float = 1.0) -> dict[str, Any]:
    """Return the figures of both databases."""
    count = max(LINES, int(TRANSFERS * scale) // LINES * LINES)
    with ExitStack() as stack, TemporaryDirectory() as directory:
        # A line of JSON for every request, as in production, to nobody.
        stack.callback(structlog.configure, **structlog.get_config())
        logging.configure("info", stream=stack.enter_context(Path(os.devnull).open("w")))
        servers = RealServers.lead()
        stack.callback(servers.stop)
        server = stack.enter_context(servers.own_postgres())
        server.wait_ready()
        postgres = server.url("books").replace("postgresql://", "postgresql+asyncpg://")
        sqlite = f"sqlite+aiosqlite:///{directory}/books.db"
        return {
            "what": "payments' books over HTTP: CPU µs per transfer, seconds and milliseconds",
            "transfers": count,
            "targets": TARGETS,
            "sqlite": asyncio.run(_measure(sqlite, Path(directory) / "s", count, lambda: 0.0)),
            "postgres": asyncio.run(
                _measure(postgres, Path(directory) / "p", count, server_cpu(server.pid))
            ),
        }


async def _measure(url: str, directory: Path, count: int, database: CpuClock) -> dict[str, Any]:
    async with running(
        create_service, PaymentsSettings, database_url=url, directory=directory, hub=CN
    ) as at:
        caller = StraightCaller(at.service.app, at.http.headers)
        settle()  # as every process does before it serves
        ids = TimeOrderedIds(CN, SystemClock())
        few = max(20, count // SINGLE_SHARE)
        bulk = await _posted(caller, ids, count, LINES, database)
        single = await _posted(caller, ids, few, 1, database)
        payment = await captured(at)
        at.wait(timedelta(hours=1))
        now = at.clock.now()
        query = f"currency=CNY&from={_iso(now - timedelta(days=1))}&until={_iso(now)}"
        spent, passed = time.process_time() + database(), time.perf_counter()
        report = json.loads(await caller.call("GET", "/v1/ledger/check"))
        passed, spent = time.perf_counter() - passed, time.process_time() + database() - spent
        assert report["is_sound"], report["findings"]
        assert payment["order_id"] == ORDER
        return {
            "bulk": bulk,
            "single": single,
            "single_times_dearer": round(single["app_us"] / bulk["app_us"], 1),
            "check_cpu_s_per_million": round(spent / report["transfers"] * 1e6, 1),
            "check_s_per_million": round(passed / report["transfers"] * 1e6, 1),
            "story_ms": await _median_ms(caller, f"/v1/orders/{ORDER}/money"),
            "statement_ms": await _median_ms(caller, f"/v1/accounts/{QUIET}/statement?{query}"),
            "hot_statement_ms": await _median_ms(caller, f"/v1/accounts/{HOT}/statement?{query}"),
        }


def _iso(moment: Any) -> str:
    return str(moment.isoformat()).replace("+00:00", "Z")


async def _posted(
    caller: StraightCaller, ids: TimeOrderedIds, count: int, lines: int, database: CpuClock
) -> dict[str, float]:
    """Post `count` transfers, `lines` in a request; return CPU per transfer and their rate."""
    bodies = iter([_body(ids, start, lines) for start in range(0, count, lines)])
    theirs, ours, passed = database(), time.process_time(), time.perf_counter()

    async def work() -> None:
        for body in bodies:
            told = json.loads(await caller.call("POST", BULK, body))
            assert all(each["outcome"] == "accepted" for each in told["results"]), told

    # Few requests of many lines are on their way at once, and many of few.
    await asyncio.gather(*(work() for _ in range(2 if lines > 1 else CALLERS)))
    passed = time.perf_counter() - passed
    app, server = time.process_time() - ours, database() - theirs
    return {
        "app_us": round(app / count * 1e6, 1),
        "database_us": round(server / count * 1e6, 1),
        "total_us": round((app + server) / count * 1e6, 1),
        "per_s": round(count / passed),
    }


def _body(ids: TimeOrderedIds, start: int, lines: int) -> bytes:
    made = [
        {
            "id": ids.new("cmd"),
            "ref": f"bench {n}",
            "entries": [
                {
                    "debit": HOT,
                    "credit": f"seller:{n % ACCOUNTS}:available",
                    "amount": {"amount_minor": 1 + n % 97, "currency": "CNY"},
                }
            ],
        }
        for n in range(start, start + lines)
    ]
    return json.dumps({"lines": made}).encode()


async def _median_ms(caller: StraightCaller, path: str) -> float:
    times = []
    for _ in range(LOOKS):
        passed = time.perf_counter()
        await caller.call("GET", path)
        times.append(time.perf_counter() - passed)
    return round(statistics.median(times) * 1e3, 2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    result = json.dumps(run(options.scale), indent=2) + "\n"
    if options.out:
        options.out.write_text(result)
    sys.stdout.write(result)
