"""What a hub pays to take its peer's frames: verify, fully validate, apply to PostgreSQL.

CPU of this process per event, signed frames of 500 events of about 1 kB. Applying is one
transaction per frame: arrivals, replicas upserted, outbox rows, position, signed receipt. Beside
it, in the same run, the way most code does it: a signature, a model and three inserts per event.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from services.exchange.consumers.frames import Arrived, FrameTaker
from services.exchange.domain.dsse import FRAME
from services.exchange.domain.frame import FRAME_EVENTS_MAX, Frame, build_frame
from services.exchange.domain.line import envelope_of, line_of
from services.exchange.domain.peer import Peer
from services.exchange.domain.receive import Apply
from services.exchange.domain.stream import Stream, StreamPosition
from services.exchange.service import agreements_of_all, event_schemas
from services.exchange.store.tables import arrival, arrived_frame, incoming, metadata, replica
from services.exchange.store.tx import ExchangeTx
from shared.contracts.customs.events import ExportReleased
from shared.db.database import Database
from shared.db.migrations import migrate
from shared.db.tables import messaging_tables
from shared.db.tx import Store, outbox_row
from shared.kernel.clock import FixedClock
from shared.kernel.ids import TimeOrderedIds
from shared.runtime.memory import settle
from tests.bench.bench_eroad_core import Bench
from tests.bench.sample_events import NOW, STREAM, an_export
from tests.bench.yardstick import IDLE_CORE_US, Between
from tests.real import RealServers

FRAMES = 40
ROUNDS = 5
BASELINE_EVENTS = 300
TARGET_US = 15.0
MIGRATIONS = Path(__file__).parents[2] / "services" / "exchange" / "store" / "migrations"


def run(scale: float = 1.0, *, postgres: str = "") -> dict[str, Any]:
    """Return CPU microseconds per event, ours and the baseline's."""
    if postgres:
        return asyncio.run(_measure(scale, postgres))
    servers = RealServers.lead()
    try:
        with servers.own_postgres(fsync=False) as server:
            server.create_database("bench")
            url = server.url("bench").replace("postgresql://", "postgresql+asyncpg://")
            return asyncio.run(_measure(scale, url))
    finally:
        servers.stop()


async def _measure(scale: float, url: str) -> dict[str, Any]:
    clock = FixedClock(NOW)
    ids = TimeOrderedIds(STREAM.dest, clock)
    database = Database(url)
    store = Store(database, metadata, ExchangeTx, service="exchange", clock=clock, ids=ids)
    bench = Bench(random.Random(2026))
    peer = Peer(STREAM.origin, "http://peer", bench.ring, b"x" * 32, founding=True)
    agreements = agreements_of_all(event_schemas())
    taker = FrameTaker(store, peer, agreements, bench.key)
    frames, rounds = max(1, round(FRAMES * scale)), max(1, round(ROUNDS * min(scale, 1.0)))
    try:
        await migrate(database, MIGRATIONS)
        costs, between = [], Between()
        for number in range(rounds + 1):
            costs.append(await _apply(taker, _frames(bench, frames, partition=number)))
            between.add(costs[-1][0])
        del costs[0]  # it only warmed up
        await _check(store, events=(rounds + 1) * frames * FRAME_EVENTS_MAX)
        baseline = await _baseline(store, bench, max(20, round(BASELINE_EVENTS * scale)))
    finally:
        await database.stop()
    return {
        "events": rounds * frames * FRAME_EVENTS_MAX,
        "event_bytes": sum(map(len, bench.lines)) // len(bench.lines),
        "apply_cpu_us": round(min(cost for cost, _ in costs), 2),
        "apply_cpu_us_worst_round": round(max(cost for cost, _ in costs), 2),
        "apply_events_per_s_wall": round(max(wall for _, wall in costs)),
        "baseline_one_by_one_cpu_us": round(baseline, 1),
        "times_cheaper": round(baseline / min(cost for cost, _ in costs), 1),
        "yardstick_json_loads_cpu_us": round(min(between.yards), 2),
        "apply_in_yardsticks": between.median(),
        "apply_target_in_yardsticks": round(TARGET_US / IDLE_CORE_US, 2),
    }


def _frames(bench: Bench, count: int, *, partition: int) -> list[Frame]:
    """A chain of full frames of one stream, no two events alike."""
    draw = random.Random(partition)
    stream = Stream(STREAM.origin, STREAM.dest, STREAM.area, partition)
    position, frames = StreamPosition(), []
    for _ in range(count):
        lines = [line_of(an_export(draw)) for _ in range(FRAME_EVENTS_MAX)]
        frame, position = build_frame(
            lines, stream=stream, after=position, schema_set="bench", key=bench.key, now=NOW
        )
        frames.append(frame)
    return frames


async def _apply(taker: FrameTaker, frames: list[Frame]) -> tuple[float, float]:
    """Take the frames; return CPU microseconds per event, and events per second of wall time."""
    settle()  # as every process does before it serves
    cpu, wall = time.process_time(), time.perf_counter()
    async for _, decision in taker.take_all([Arrived(frame) for frame in frames]):
        assert isinstance(decision, Apply), decision
    events = len(frames) * FRAME_EVENTS_MAX
    spent = (time.process_time() - cpu) / events * 1e6
    return spent, events / (time.perf_counter() - wall)


async def _check(store: Store[ExchangeTx], *, events: int) -> None:
    """Everything came with its position: replicas, records, outbox rows and receipts agree."""
    outbox = messaging_tables(metadata).outbox
    async with store.reading() as tx:
        held = [
            int(await tx.connection.scalar(select(func.count()).select_from(table)) or 0)
            for table in (arrival, replica)
        ]
        told = await tx.connection.scalar(
            select(func.count()).where(outbox.c.topic == f"{STREAM.origin}.customs.events")
        )
        stands = await tx.connection.scalar(select(func.sum(incoming.c.seq)))
        receipts = await tx.connection.scalar(select(func.count()).select_from(arrived_frame))
    assert [*held, told, int(stands or 0)] == [events] * 4, (held, told, stands)
    assert receipts == events // FRAME_EVENTS_MAX


async def _baseline(store: Store[ExchangeTx], bench: Bench, events: int) -> float:
    """A signature, a pydantic model and three inserts for every event, one transaction in all."""
    draw = random.Random(7)
    lines = [line_of(an_export(draw)) for _ in range(events)]
    signed = [(line, bench.key.sign(FRAME, line)) for line in lines]
    outbox = messaging_tables(metadata).outbox
    cpu = time.process_time()
    async with store.transaction() as tx:
        for seq, (line, signature) in enumerate(signed, 1):
            assert bench.peer_key.verifies(FRAME, line, signature)
            envelope = envelope_of(line)
            ExportReleased.parse(envelope.data)
            kept = {"stream": "baseline", "seq": seq, "event_id": envelope.id}
            kept |= {"type": envelope.type, "subject": envelope.subject, "line_hash": "0" * 64}
            await tx.connection.execute(insert(arrival), kept)
            newest = {**kept, "origin": envelope.hub, "version": 1, "data": envelope.data}
            await tx.connection.execute(insert(replica).on_conflict_do_nothing(), newest)
            row = outbox_row(envelope, created_at=tx.now, topic="baseline.events")
            await tx.connection.execute(insert(outbox), row)
    return (time.process_time() - cpu) / events * 1e6


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    result = json.dumps(run(options.scale), indent=2) + "\n"
    if options.out:
        options.out.write_text(result)
    sys.stdout.write(result)
