"""The e-road beside MirrorMaker 2: CPU of the process that replicates, for the same events.

    python -m tests.bench.bench_mirror --out tests/bench/results/mirror.json

Two Kafka clusters on loopback, MirrorMaker 2 from the same pinned jars. It copies single records as
a service says them; we read the same events as signed frames and do one of three things with them:
forward the frames verified, publish every record of them, or judge and apply all to PostgreSQL.
User and system time of the whole process from /proc, for both; rounds that only warm up are left
out, and the best of the others is told. A round's records are committed to the source at once, so
nobody is paced by their producer.
"""

import argparse
import asyncio
import json
import os
import random
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from services.exchange.clients.feed import Feed
from services.exchange.consumers.follower import FRAMES_PER_POLL_MAX, Follower
from services.exchange.consumers.frames import FrameTaker
from services.exchange.domain.frame import FRAME_EVENTS_MAX, Frame, build_frame
from services.exchange.domain.line import envelope_of, line_of
from services.exchange.domain.peer import Peer
from services.exchange.domain.receive import Opened, open_frame
from services.exchange.domain.stream import Stream, StreamPosition
from services.exchange.service import agreements_of_all, event_schemas
from services.exchange.store.tables import metadata
from services.exchange.store.tx import ExchangeTx
from services.exchange.usecases.shipper import HEADER, SIGNATURE, frame_topics
from shared.db.database import Database
from shared.db.migrations import migrate
from shared.db.tx import Store
from shared.kernel.clock import FixedClock, SystemClock
from shared.kernel.ids import TimeOrderedIds
from shared.messaging.bus import TP, InRecord, OutRecord, TopicSpec, UnknownTopic
from shared.messaging.cloudevents import record_of
from shared.messaging.kafka import KafkaBus
from shared.runtime.memory import settle
from shared.web.client import http_client
from tests.bench.bench_eroad import MIGRATIONS
from tests.bench.bench_eroad_core import Bench
from tests.bench.mirror_maker import MirrorMaker, cpu_s
from tests.bench.sample_events import NOW, STREAM, an_export
from tests.bench.yardstick import yardstick_us
from tests.real import RealServers

EVENTS_PER_ROUND = 50_000
WARM_ROUNDS, ROUNDS = 1, 3
MIRROR_WARM_ROUNDS = 6
"""Its JVM compiles what runs often; behind so many rounds its cost falls no more."""
PARTITIONS = 4
ROUND_TIMEOUT_S = 240.0
LOOK_S = 0.2
PLAIN, REPUBLISHED = "customs.events", "my-kul.customs.events"
COMPRESSIONS = ("none", "zstd")

Rounds = list[float]


def run(scale: float = 1.0) -> dict[str, Any]:
    """Measure everything; `scale` 1 takes minutes."""
    wanted = round(EVENTS_PER_ROUND * scale / PARTITIONS / FRAME_EVENTS_MAX)
    frames = max(FRAMES_PER_POLL_MAX // PARTITIONS, wanted)  # a poll may take a whole round
    servers = RealServers.lead()
    try:
        with (
            servers.own_kafka(servers.folder / "kul") as source,
            servers.own_kafka(servers.folder / "hgh") as target,
            servers.own_postgres(fsync=False) as database,
        ):
            database.create_database("bench")
            url = database.url("bench").replace("postgresql://", "postgresql+asyncpg://")
            clusters = Clusters(source.bootstrap, target.bootstrap, servers.folder, frames)
            return asyncio.run(_measure(clusters, url))
    finally:
        servers.stop()


class Clusters:
    """Both clusters, and the events that are to cross: frames of them, and single records."""

    def __init__(self, source: str, target: str, folder: Path, frames: int) -> None:
        """`frames` is how many of each partition make a round."""
        self.source = source
        self.target = target
        self.folder = folder
        self.frames = frames
        self.bench = Bench(random.Random(2026))
        self.draw = random.Random(7)
        self.heads = [StreamPosition()] * PARTITIONS

    @property
    def events(self) -> int:
        """Events of one round."""
        return self.frames * FRAME_EVENTS_MAX * PARTITIONS

    @asynccontextmanager
    async def bus(self, at: str, *, fence: str | None = None) -> AsyncIterator[KafkaBus]:
        bus = KafkaBus(at, client_id="bench", clock=SystemClock(), replicas=1, fence=fence)
        await bus.start()
        try:
            yield bus
        finally:
            await bus.stop()

    async def offer_frames(self) -> None:
        """Put the frames of every round on the source, as their origin would."""
        async with self.bus(self.source) as bus:
            await bus.ensure_topics(frame_topics([STREAM.dest], partitions=PARTITIONS))
            for _ in range(WARM_ROUNDS + ROUNDS):
                for partition in range(PARTITIONS):
                    await bus.publish([self._framed(partition) for _ in range(self.frames)])

    def _framed(self, partition: int) -> OutRecord:
        lines = [line_of(an_export(self.draw)) for _ in range(FRAME_EVENTS_MAX)]
        stream = Stream(STREAM.origin, STREAM.dest, STREAM.area, partition)
        frame, self.heads[partition] = build_frame(
            lines,
            stream=stream,
            after=self.heads[partition],
            schema_set="bench",
            key=self.bench.key,
            now=NOW,
        )
        return _shipped(frame, stream)

    def plain(self) -> list[OutRecord]:
        """One round of events, each a record of its own as its service says it."""
        draw = random.Random(7)
        return [record_of(an_export(draw), PLAIN) for _ in range(self.events)]


async def _measure(clusters: Clusters, url: str) -> dict[str, Any]:
    await clusters.offer_frames()
    forward = await _drained(clusters, _forwarding)
    republish = await _drained(clusters, _republishing)
    apply = await _applied(clusters, url)
    mirrors = {each: await _mirrored(clusters, each) for each in COMPRESSIONS}
    best = min(min(rounds) for rounds in mirrors.values())
    ours = {"verify_and_forward": forward, "verify_and_republish": republish, "apply": apply}
    return {
        "what": "CPU µs per event of the process that replicates; kafka 4.3.1, two clusters",
        "events_per_round": clusters.events,
        "rounds": ROUNDS,
        "warm_rounds": WARM_ROUNDS,
        "mirror_maker_warm_rounds": MIRROR_WARM_ROUNDS,
        "event_bytes": sum(map(len, clusters.bench.lines)) // len(clusters.bench.lines),
        **{f"{name}_cpu_us": _figures(rounds) for name, rounds in ours.items()},
        **{f"mirror_maker_{name}_cpu_us": _figures(rounds) for name, rounds in mirrors.items()},
        **{f"{name}_times_mirror_maker": round(best / min(r), 2) for name, r in ours.items()},
        "target_forward_times": 3.0,
        "target_apply_times": 1.0,
        "yardstick_json_loads_cpu_us": round(yardstick_us(), 2),
    }


def _figures(rounds: Rounds) -> dict[str, float]:
    return {"best": round(min(rounds), 2), "worst": round(max(rounds), 2)}


Handling = Callable[[list[tuple[int, Opened, Frame]]], list[OutRecord]]


def _forwarding(opened: list[tuple[int, Opened, Frame]]) -> list[OutRecord]:
    """The frames as they came: what a relay hands on."""
    return [_shipped(frame, _stream(partition)) for partition, _, frame in opened]


def _republishing(opened: list[tuple[int, Opened, Frame]]) -> list[OutRecord]:
    """Every record of the frames: what MirrorMaker's readers would find."""
    lines = [line for _, each, _ in opened for line in each.lines]
    return [record_of(envelope_of(line), REPUBLISHED) for line in lines]


async def _drained(clusters: Clusters, handling: Handling) -> Rounds:
    """Read all frames, verify each and its place, and publish what is made of them."""
    topic, heads = STREAM.topic, [StreamPosition()] * PARTITIONS
    async with clusters.bus(clusters.source) as source, clusters.bus(clusters.target) as target:
        await target.ensure_topics([TopicSpec(each, PARTITIONS, None) for each in _targets()])
        subscription = source.follow([topic], on_assign=_from_the_first)

        async def some() -> int:
            opened = []
            for batch in await subscription.poll(FRAMES_PER_POLL_MAX, 1.0):
                for record in batch.records:
                    frame = _frame_of(record)
                    held = open_frame(
                        frame,
                        heads[batch.partition],
                        stream=_stream(batch.partition),
                        ring=clusters.bench.ring,
                    )
                    assert isinstance(held, Opened), held
                    heads[batch.partition] = held.position
                    opened.append((batch.partition, held, frame))
            if opened:
                await target.publish(handling(opened))
            return sum(len(each.lines) for _, each, _ in opened)

        rounds = await _rounds(some, clusters.events)
        await subscription.close()
    return rounds


async def _applied(clusters: Clusters, url: str) -> Rounds:
    """Follow the frames as a hub does: every record judged, all of it applied and signed for."""
    clock = FixedClock(NOW)
    database = Database(url)
    store = Store(
        database,
        metadata,
        ExchangeTx,
        service="exchange",
        clock=clock,
        ids=TimeOrderedIds(STREAM.dest, clock),
    )
    peer = Peer(STREAM.origin, "http://peer", clusters.bench.ring, b"x" * 32, founding=True)
    taker = FrameTaker(store, peer, agreements_of_all(event_schemas()), clusters.bench.key)
    client = http_client()
    feed = Feed(peer, client, hub=STREAM.dest, key=clusters.bench.key, clock=clock)
    bus = KafkaBus(clusters.source, client_id="bench", clock=SystemClock(), replicas=1)
    follower = Follower(store, bus, feed, taker, STREAM.dest)

    async def some() -> int:
        before = taker.decided.get("apply", 0)
        pulled = await follower.follow(wait_s=1.0)
        assert pulled.clean, pulled
        return (taker.decided.get("apply", 0) - before) * FRAME_EVENTS_MAX

    try:
        await migrate(database, MIGRATIONS)
        return await _rounds(some, clusters.events)
    finally:
        await follower.close()
        await client.aclose()
        await database.stop()


async def _rounds(some: Callable[[], Any], events: int) -> Rounds:
    """CPU µs per event of each round; `some` does a few and says how many."""
    settle()  # as every process does before it serves
    costs, me, done = [], os.getpid(), 0
    for number in range(1, WARM_ROUNDS + ROUNDS + 1):
        before, began = done, cpu_s(me)
        async with asyncio.timeout(ROUND_TIMEOUT_S):
            while done < number * events:
                done += await some()
        costs.append((cpu_s(me) - began) / (done - before) * 1e6)
    return costs[WARM_ROUNDS:]


async def _mirrored(clusters: Clusters, compression: str) -> Rounds:
    """Let MirrorMaker 2 copy the same number of events, round by round."""
    topic = f"{PLAIN}.{compression}"
    records = [_renamed(each, topic) for each in clusters.plain()]
    costs: Rounds = []
    async with (
        clusters.bus(clusters.source, fence=f"bench-{compression}") as source,
        clusters.bus(clusters.target) as target,
    ):
        await source.ensure_topics([TopicSpec(topic, PARTITIONS, None)])
        mirror = MirrorMaker(
            clusters.folder / f"mirror-{compression}",
            source=clusters.source,
            target=clusters.target,
            topic=topic,
            compression=compression,
        )
        with mirror:
            await source.publish(records[:1])
            await _copied(target, mirror, 1)
            for number in range(1, MIRROR_WARM_ROUNDS + ROUNDS + 1):
                began = mirror.cpu_s
                await source.publish(records, timeout=ROUND_TIMEOUT_S)
                await _copied(target, mirror, 1 + number * len(records))
                costs.append((mirror.cpu_s - began) / len(records) * 1e6)
    return costs[MIRROR_WARM_ROUNDS:]


async def _copied(target: KafkaBus, mirror: MirrorMaker, count: int) -> None:
    """Return once the target's topic holds so many records."""
    tps = [TP(mirror.topic, partition) for partition in range(PARTITIONS)]
    try:
        async with asyncio.timeout(ROUND_TIMEOUT_S):
            while await _held(target, tps) < count:
                await asyncio.sleep(LOOK_S)
    except TimeoutError as late:
        raise RuntimeError(f"MirrorMaker 2 is late:\n{mirror.log_tail()}") from late


async def _held(bus: KafkaBus, tps: list[TP]) -> int:
    try:
        bounds = await bus.bounds(tps)
    except UnknownTopic:  # MirrorMaker 2 makes it a while after it started
        return 0
    return sum(high for _, high in bounds.values())


async def _from_the_first(tps: set[TP]) -> Mapping[TP, int]:
    return dict.fromkeys(tps, 0)


def _targets() -> tuple[str, str]:
    return STREAM.topic, REPUBLISHED


def _stream(partition: int) -> Stream:
    return Stream(STREAM.origin, STREAM.dest, STREAM.area, partition)


def _shipped(frame: Frame, stream: Stream) -> OutRecord:
    headers = ((HEADER, frame.header), (SIGNATURE, frame.signature))
    return OutRecord(stream.topic, stream.key.encode(), frame.value, headers, stream.partition)


def _frame_of(record: InRecord) -> Frame:
    parts = dict(record.headers)
    assert record.value is not None, "frames have a value"
    return Frame(parts[HEADER], parts[SIGNATURE], record.value)


def _renamed(record: OutRecord, topic: str) -> OutRecord:
    return OutRecord(topic, record.key, record.value, record.headers)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    outcome = json.dumps(run(options.scale), indent=2, ensure_ascii=False) + "\n"
    if options.out:
        options.out.write_text(outcome)
    sys.stdout.write(outcome)
