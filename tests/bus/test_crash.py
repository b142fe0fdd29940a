"""What is left when a process is killed, a disk is full, or a member dies: nothing is lost."""

import asyncio
import json
import random
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any
from zlib import crc32

from shared.messaging.bus import TP, EventBus, InRecord
from tests.bus.places import Place, SqlitePlace
from tests.bus.reading import PATIENCE_S, Reader, take

ROOT = Path(__file__).parents[2]


class Child:
    """A process running tests/bus/child.py."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def heard(self) -> Any:
        """The next thing that the child says."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            line = await self._process.stdout.readline()
        assert line, f"the child ended: {await self._complaint()}"
        return json.loads(line)

    async def last_heard(self) -> Any:
        """What the child said last before it was killed."""
        assert self._process.stdout is not None
        lines = (await self._process.stdout.read()).splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith(b"\n")][-1:]

    def tell(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def _complaint(self) -> str:
        assert self._process.stderr is not None
        return (await self._process.stderr.read()).decode()[-2_000:]


@asynccontextmanager
async def a_child(work: str, **details: Any) -> AsyncIterator[Child]:
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-m", "tests.bus.child", work, json.dumps(details)]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe
    )
    child = Child(process)
    try:
        yield child
    finally:
        await child.kill()
        process._transport.close()  # type: ignore[attr-defined]


class TestKilledWriter:
    async def test_loses_nothing_that_publish_had_returned(self, place: Place) -> None:
        owner = await place.bus()
        topic = await place.topic_on(owner, partitions=2)
        work = {"bus": place.describe(), "topic": topic, "batch": 5, "size": 500}

        async with a_child("publish", first=0, **work) as child:
            while await child.heard() < 200:
                pass
            await child.kill()
            durable = max([200, *await child.last_heard()])

        numbers = await _whole_numbers(owner, topic, partitions=2)
        assert set(range(durable)) <= set(numbers)
        assert len(numbers) == len(set(numbers))

    async def test_leaves_a_prefix_of_whole_records(self, place: Place) -> None:
        owner = await place.bus()
        topic = await place.topic_on(owner)
        work = {"bus": place.describe(), "topic": topic, "batch": 1_000, "size": 2_000}
        first = 0
        for _ in range(3):
            async with a_child("publish", first=first, **work) as child:
                durable = await child.heard()
                # Somewhere within a later batch: a batch takes some tens of milliseconds.
                await asyncio.sleep(random.uniform(0, 0.1))
                await child.kill()

            numbers = await _whole_numbers(owner, topic, partitions=1)
            assert numbers == list(range(len(numbers)))
            assert len(numbers) >= durable
            first = len(numbers)

    async def test_can_be_read_and_continued_by_the_next_owner(self, place: Place) -> None:
        creator = await place.bus()
        topic = await place.topic_on(creator)
        work = {"bus": place.describe(), "topic": topic, "batch": 10, "size": 100}
        async with a_child("publish", first=0, **work) as child:
            durable = await child.heard()
        reading = await place.bus(None)
        before = await _whole_numbers(reading, topic, partitions=1)

        async with a_child("publish", first=len(before), **work) as child:
            continued = await child.heard()

        after = await _whole_numbers(reading, topic, partitions=1)
        assert len(before) >= durable
        assert after == list(range(len(after)))
        assert len(after) >= continued


class TestKilledConsumer:
    async def test_goes_on_from_its_own_commit_with_no_loss_and_no_repeat(
        self, place: Place, tmp_path: Path
    ) -> None:
        owner = await place.bus()
        topic = await place.topic_on(owner, partitions=3)
        async with a_child(
            "publish", bus=place.describe(), topic=topic, batch=500, size=100, first=0
        ) as writer:
            while await writer.heard() < 3_000:
                pass
            await writer.kill()
        written = await _whole_numbers(owner, topic, partitions=3)
        database = tmp_path / "consumer.db"
        work = {
            "bus": place.describe(None),
            "topic": topic,
            "group": place.name(),
            "database": str(database),
        }

        for crash in range(4):
            async with a_child("consume", **work) as child:
                patience = len(written) if crash == 3 else 400
                while patience > 0 and _seen(database) < len(written):
                    patience -= await child.heard()

        with closing(sqlite3.connect(database)) as found:
            numbers = [row[0] for row in found.execute("SELECT number FROM seen")]
        assert sorted(numbers) == sorted(written)


class TestTwoProcesses:
    async def test_shows_a_write_to_another_process_within_a_tenth_of_a_second(
        self, place: Place
    ) -> None:
        creator = await place.bus()
        topic = await place.topic_on(creator)
        reading = await place.bus(None)
        reader = Reader(reading, [topic], place.name())
        await reader.until_assigned({TP(topic, 0)})

        waits = []
        async with a_child("echo", bus=place.describe(), topic=topic) as child:
            assert await child.heard() == "ready"
            for _ in range(11):
                child.tell()
                await reader.take(1)
                received_at = time.time()
                waits.append(received_at - await child.heard())

        assert sorted(waits)[5] < 0.1, f"half of the writes were seen later: {sorted(waits)}"


class TestFullDisk:
    async def test_refuses_and_is_usable_once_there_is_space_again(
        self, sqlite_place: SqlitePlace
    ) -> None:
        owner = await sqlite_place.bus()
        topic = await sqlite_place.topic_on(owner)
        await owner.stop()

        async with a_child("fill", bus=sqlite_place.describe(), topic=topic) as child:
            refusal, _healthy_while_full, after = [await child.heard() for _ in range(3)]

        assert refusal["retriable"] is True
        assert refusal["failed"] == 50
        assert after == {"end": (refusal["written"] + 1) * 50, "healthy": True}
        reading = await sqlite_place.bus(None)
        assert len(await take(reading.read(TP(topic, 0), 0), after["end"])) == after["end"]


async def _whole_numbers(bus: EventBus, topic: str, *, partitions: int) -> list[int]:
    """Read everything there is; every record must be as it was written."""
    bounds = await bus.bounds([TP(topic, part) for part in range(partitions)])
    numbers = []
    for tp, (_, end) in bounds.items():
        if end == 0:
            continue
        subscription = bus.read(tp, 0)
        numbers += [_number(record) for record in await take(subscription, end)]
        await subscription.close()
    return numbers


def _number(record: InRecord) -> int:
    value = record.value or b""
    assert dict(record.headers)["crc"] == b"%d" % crc32(value), "a torn record"
    return int(value.split(b":")[0])


def _seen(database: Path) -> int:
    if not database.exists():
        return 0
    with closing(sqlite3.connect(database)) as found:
        if not found.execute("SELECT 1 FROM sqlite_master WHERE name = 'seen'").fetchone():
            return 0
        return int(found.execute("SELECT count(*) FROM seen").fetchone()[0])
