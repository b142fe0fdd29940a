"""What the relay costs: outbox rows of PostgreSQL onto Kafka, CPU of this process per event.

Beside it, in the same run, the way most code does it: one `send_and_wait` per event.
"""

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import insert

from deploy.kafka.broker import Broker
from deploy.postgres.server import Server
from shared.contracts.event import Envelope
from shared.db.tables import messaging_tables
from shared.db.tx import Store, Tx, outbox_row
from shared.kernel.clock import SystemClock
from shared.kernel.ids import TimeOrderedIds
from shared.messaging.bus import TopicSpec
from shared.messaging.cloudevents import record_of
from shared.messaging.kafka import KafkaBus
from shared.messaging.relay import Relay
from shared.runtime.memory import settle
from tests.bench.yardstick import IDLE_CORE_US, Between
from tests.builders.notes import metadata, notes_store
from tests.real import RealServers

EVENTS = 20_000
ROUNDS = 4
"""The first only warms up."""
EVENT_BYTES = 900
PARTITIONS = 4
ROWS_PER_INSERT = 1_000
TARGET_US = 15


def run(scale: float = 1.0, *, kafka: str = "", postgres: str = "") -> dict[str, Any]:
    """Return CPU microseconds per event of the relay and of the baseline."""
    events = max(200, int(EVENTS * scale))
    if kafka and postgres:
        return asyncio.run(_measure(events, kafka, postgres))
    servers = RealServers.lead()
    try:
        with (
            servers.own_kafka(servers.folder / "kafka") as broker,
            servers.own_postgres() as server,
        ):
            return asyncio.run(_measure(events, *_addresses(broker, server)))
    finally:
        servers.stop()


def _addresses(broker: Broker, server: Server) -> tuple[str, str]:
    server.create_database("bench")
    return broker.bootstrap, server.url("bench").replace("postgresql://", "postgresql+asyncpg://")


async def _measure(events: int, kafka: str, postgres: str) -> dict[str, Any]:
    clock = SystemClock()
    store = await notes_store(postgres, clock)
    bus = KafkaBus(kafka, client_id="bench", clock=clock, replicas=1)
    topic = f"orders.bench-{uuid4().hex[:8]}"
    await bus.start()
    try:
        await bus.ensure_topics([TopicSpec(topic, PARTITIONS, None)])
        ids = TimeOrderedIds("my-kul", clock)
        envelopes = [_envelope(ids, clock, number) for number in range(events)]
        relay = Relay(store, bus)
        drained, between = [], Between()
        for _ in range(ROUNDS):
            await _fill(store, envelopes, topic)
            drained.append(await _cpu_us(_drain(relay), events))
            between.add(drained[-1][0])
        relayed, wall = min(drained[1:])
        single = envelopes[: max(50, events // 50)]

        async def one_by_one() -> None:
            for envelope in single:
                await bus.publish([record_of(envelope, topic)])

        alone, _ = await _cpu_us(one_by_one(), len(single))
    finally:
        await bus.stop()
        await store.database.stop()
    return {
        "events": events,
        "event_bytes": EVENT_BYTES,
        "relay_cpu_us": round(relayed, 1),
        "relay_events_per_s": round(wall),
        "one_by_one_cpu_us": round(alone, 1),
        "times_cheaper": round(alone / relayed, 1),
        "yardstick_json_loads_cpu_us": round(min(between.yards), 2),
        "relay_in_yardsticks": between.median(),
        "relay_target_in_yardsticks": round(TARGET_US / IDLE_CORE_US, 2),
    }


def _envelope(ids: TimeOrderedIds, clock: SystemClock, number: int) -> Envelope:
    return Envelope(
        id=ids.new("evt"),
        source="hub:my-kul/orders",
        type="orders.order-placed.v1",
        subject=f"ord_{number % 1_000}",
        time=clock.now().isoformat(),
        hub="my-kul",
        audience="cn-hgh",
        data=json.dumps({"text": "x" * (EVENT_BYTES - 11)}).encode(),
    )


async def _fill(store: Store[Tx], envelopes: list[Envelope], topic: str) -> None:
    outbox = messaging_tables(metadata).outbox
    now = store.clock.now()
    for start in range(0, len(envelopes), ROWS_PER_INSERT):
        rows = [
            outbox_row(each, created_at=now, topic=topic)
            for each in envelopes[start : start + ROWS_PER_INSERT]
        ]
        async with store.database.transaction() as connection:
            await connection.execute(insert(outbox), rows)


async def _drain(relay: Relay) -> None:
    while await relay.pump():
        continue


async def _cpu_us(work: Any, events: int) -> tuple[float, float]:
    """Return CPU microseconds per event, and events per second of wall time."""
    settle()  # as every process does before it serves
    cpu, wall = time.process_time(), time.perf_counter()
    await work
    spent, passed = time.process_time() - cpu, time.perf_counter() - wall
    return spent / events * 1e6, events / passed


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    result = json.dumps(run(options.scale), indent=2) + "\n"
    if options.out:
        options.out.write_text(result)
    sys.stdout.write(result)
