"""What the event bus costs: CPU of this process per record, over the SQLite log and a real Kafka.

    python -m tests.bench.bench_bus --out tests/bench/results/bus.json

User and system time, best of several rounds, because other work on the machine only ever adds;
wall-clock rates are lower bounds. Beside it, in the same run, aiokafka used as most code does: one
`send` and one `getone` per record, default settings.
"""

import argparse
import asyncio
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.kernel.clock import SystemClock
from shared.messaging.bus import TP, EventBus, OutRecord, TopicSpec
from shared.messaging.kafka import KafkaBus
from shared.messaging.sqlite import SqliteBus
from tests.bench.yardstick import IDLE_CORE_US, yardstick_us
from tests.real import RealServers

RECORDS = 20_000
BATCH = 500
ROUNDS = 5
VALUE_BYTES = 900
PARTITIONS = 4
PUBLISHERS = 16
LATENCY_SAMPLES = 50
TARGETS_US = {"sqlite_publish": 11, "kafka_publish": 10, "kafka_read": 12}
OWNER = "orders"


def run(scale: float = 1.0, *, kafka: str = "") -> dict[str, Any]:
    """Measure both buses; `scale` 1 takes less than a minute."""
    records = max(BATCH, int(RECORDS * scale) // BATCH * BATCH)
    rounds = max(1, round(ROUNDS * min(scale, 1.0)))
    with _bootstrap(kafka) as address:
        return asyncio.run(_measure(records, rounds, address))


@contextmanager
def _bootstrap(given: str) -> Iterator[str]:
    if given:
        yield given
        return
    servers = RealServers.lead()
    try:
        with servers.own_kafka(servers.folder / "kafka") as broker:
            yield broker.bootstrap
    finally:
        servers.stop()


async def _measure(records: int, rounds: int, kafka: str) -> dict[str, Any]:
    result: dict[str, Any] = {"records": records, "value_bytes": VALUE_BYTES, "batch": BATCH}
    async with _sqlite_bus() as (bus, topic):
        result["sqlite"] = await _bus_costs(bus, topic, records, rounds)
    async with _kafka_bus(kafka) as (bus, topic):
        result["kafka"] = await _bus_costs(bus, topic, records, rounds)
    async with _kafka_bus(kafka, fence=f"bench-{uuid4().hex}") as (bus, topic):
        result["kafka_in_transactions"] = await _bus_costs(bus, topic, records, rounds)
    result["kafka_record_by_record"] = await _naive_costs(kafka, max(200, records // 10), rounds)
    result["yardstick_json_loads_cpu_us"] = round(yardstick_us(), 2)
    result["targets_in_yardsticks"] = {
        what: round(us / IDLE_CORE_US, 2) for what, us in TARGETS_US.items()
    }
    return result


async def _bus_costs(bus: EventBus, topic: str, records: int, rounds: int) -> dict[str, Any]:
    out = [_a_record(topic, number) for number in range(records)]
    few = out[: max(PUBLISHERS, records // 10)]
    batches = [out[first : first + BATCH] for first in range(0, records, BATCH)]

    async def publish() -> None:
        for batch in batches:
            await bus.publish(batch)

    async def publish_from_many_tasks() -> None:
        await asyncio.gather(*(_one_by_one(bus, few[i::PUBLISHERS]) for i in range(PUBLISHERS)))

    publish_cpu_us, publish_per_s = await _best(publish, records, rounds)
    subscription = await _subscribed(bus, topic)

    async def read() -> None:
        for partition in range(PARTITIONS):
            await subscription.seek(TP(topic, partition), 0)
        left = records
        while left > 0:
            left -= sum(len(batch.records) for batch in await subscription.poll())

    read_cpu_us, read_per_s = await _best(read, records, rounds)
    await subscription.close()
    many_cpu_us, many_per_s = await _best(publish_from_many_tasks, len(few), rounds)
    return {
        "publish_cpu_us": publish_cpu_us,
        "publish_per_s": publish_per_s,
        "read_cpu_us": read_cpu_us,
        "read_per_s": read_per_s,
        f"publish_one_by_one_from_{PUBLISHERS}_tasks_cpu_us": many_cpu_us,
        f"publish_one_by_one_from_{PUBLISHERS}_tasks_per_s": many_per_s,
        **await _latencies(bus, topic, out[0]),
    }


async def _latencies(bus: EventBus, topic: str, record: OutRecord) -> dict[str, float]:
    """Milliseconds until one publish is durable, and from then until a reader has it."""
    subscription = await _subscribed(bus, topic, start="latest")
    durable_ms, seen_ms = [], []
    for _ in range(LATENCY_SAMPLES):
        waiting = asyncio.create_task(_next(subscription.poll))
        await asyncio.sleep(0)
        started = time.perf_counter()
        await bus.publish([record])
        durable = time.perf_counter()
        await waiting
        durable_ms.append((durable - started) * 1e3)
        seen_ms.append((time.perf_counter() - durable) * 1e3)
    await subscription.close()
    return {
        "publish_one_p50_ms": round(median(durable_ms), 2),
        "seen_after_p50_ms": round(median(seen_ms), 2),
    }


async def _naive_costs(kafka: str, records: int, rounds: int) -> dict[str, Any]:
    async with _kafka_bus(kafka) as (_, topic):
        out = [_a_record(topic, number) for number in range(records)]
        producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
        await producer.start()

        async def publish() -> None:
            for record in out:
                await producer.send_and_wait(
                    topic, record.value, record.key, headers=list(record.headers)
                )

        publish_cpu_us, publish_per_s = await _best(publish, records, rounds)
        await producer.stop()
        keys = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
        consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
        await consumer.start()
        consumer.assign(keys)

        async def read() -> None:
            for key in keys:
                consumer.seek(key, 0)
            for _ in range(records):
                await consumer.getone()

        read_cpu_us, read_per_s = await _best(read, records, rounds)
        await consumer.stop()
    return {
        "publish_cpu_us": publish_cpu_us,
        "publish_per_s": publish_per_s,
        "read_cpu_us": read_cpu_us,
        "read_per_s": read_per_s,
    }


@asynccontextmanager
async def _sqlite_bus() -> AsyncIterator[tuple[EventBus, str]]:
    directory, topic = Path(tempfile.mkdtemp(prefix="eroad-bench-")), "orders.events"
    try:
        bus = SqliteBus(directory, OWNER, {topic: OWNER}, clock=SystemClock())
        async with _running(bus, topic):
            yield bus, topic
    finally:
        shutil.rmtree(directory)


@asynccontextmanager
async def _kafka_bus(
    kafka: str, *, fence: str | None = None
) -> AsyncIterator[tuple[EventBus, str]]:
    topic = f"orders.bench-{uuid4().hex[:8]}"
    bus = KafkaBus(kafka, client_id="bench", clock=SystemClock(), replicas=1, fence=fence)
    async with _running(bus, topic):
        yield bus, topic


@asynccontextmanager
async def _running(bus: EventBus, topic: str) -> AsyncIterator[None]:
    await bus.start()
    try:
        await bus.ensure_topics([TopicSpec(topic, PARTITIONS, None)])
        yield
    finally:
        await bus.stop()


async def _subscribed(bus: EventBus, topic: str, *, start: Any = "earliest") -> Any:
    """A group member whose partitions have been assigned."""
    assigned = asyncio.Event()

    async def on_assign(_: set[TP]) -> dict[TP, int]:
        assigned.set()
        return {}

    async def on_revoke(_: set[TP]) -> None:
        assigned.clear()

    subscription = bus.subscribe(
        [topic],
        f"bench-{uuid4().hex}",
        member="one",
        on_assign=on_assign,
        on_revoke=on_revoke,
        start=start,
    )
    while not assigned.is_set():
        await subscription.poll(max_records=1, timeout=0.05)
    return subscription


async def _next(poll: Callable[..., Awaitable[Sequence[Any]]]) -> None:
    while not await poll(timeout=1):
        continue


async def _one_by_one(bus: EventBus, records: Sequence[OutRecord]) -> None:
    for record in records:
        await bus.publish([record])


async def _best(
    work: Callable[[], Awaitable[None]], records: int, rounds: int
) -> tuple[float, int]:
    """Return CPU microseconds per record and records per second, each the best of all rounds."""
    cpu_s, wall_s = [], []
    for _ in range(rounds):
        cpu, wall = time.process_time(), time.perf_counter()
        await work()
        cpu_s.append(time.process_time() - cpu)
        wall_s.append(time.perf_counter() - wall)
    return round(min(cpu_s) / records * 1e6, 2), round(records / min(wall_s))


def _a_record(topic: str, number: int) -> OutRecord:
    """An event as services publish it: binary CloudEvents headers and JSON that differs."""
    noise = random.Random(number)
    content = {
        "order_id": f"ord_my-kul_{noise.getrandbits(128):032x}",
        "lines": [
            {"item": f"itm_{noise.getrandbits(64):016x}", "count": noise.randrange(1, 90)}
            for _ in range(15)
        ],
    }
    headers = {
        "specversion": "1.0",
        "id": f"evt_my-kul_{noise.getrandbits(128):032x}",
        "source": "hub:my-kul/orders",
        "type": "orders.order-placed.v1",
        "time": "2026-09-01T12:40:00Z",
        "hub": "my-kul",
    }
    return OutRecord(
        topic,
        f"ord_my-kul_{number % 1_000:026}".encode(),
        json.dumps(content).encode().ljust(VALUE_BYTES),
        tuple((f"ce_{name}", value.encode()) for name, value in headers.items()),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    outcome = json.dumps(run(options.scale), indent=2) + "\n"
    if options.out:
        options.out.write_text(outcome)
    sys.stdout.write(outcome)
