"""A process of its own for the suite: it publishes or consumes until its parent kills it.

Called as `python -m tests.bus.child WORK JSON`; what it has done it says line by line.
"""

import asyncio
import json
import resource
import sqlite3
import sys
import time
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from shared.messaging.bus import TP, EventBus, OutRecord, PublishError
from tests.bus.places import open_bus

FILL_BYTES = 4 * 1024 * 1024


def a_numbered_record(topic: str, number: int, size: int) -> OutRecord:
    """A record that shows whether it is whole: its number, padding, and a checksum of both."""
    value = f"{number}:".encode().ljust(size, b"x")
    return OutRecord(topic, str(number).encode(), value, (("crc", b"%d" % crc32(value)),))


async def publish(bus: EventBus, work: dict[str, Any]) -> None:
    """Publish batch after batch, saying after each up to which number all is durable."""
    number = int(work["first"])
    while True:
        numbers = range(number, number + work["batch"])
        await bus.publish([a_numbered_record(work["topic"], n, work["size"]) for n in numbers])
        number = numbers.stop
        say(number)


async def echo(bus: EventBus, work: dict[str, Any]) -> None:
    """Publish one record for each line that is read, saying when it was durable."""
    say("ready")
    while await asyncio.to_thread(sys.stdin.readline):
        await bus.publish([a_numbered_record(work["topic"], 0, 100)])
        say(time.time())


async def consume(bus: EventBus, work: dict[str, Any]) -> None:
    """Store every record's number and the position in one transaction, batch by batch."""
    database = sqlite3.connect(work["database"], isolation_level=None)
    database.execute("CREATE TABLE IF NOT EXISTS seen(tp TEXT, number INTEGER PRIMARY KEY)")
    database.execute(
        "CREATE TABLE IF NOT EXISTS position(part INTEGER PRIMARY KEY, offset INTEGER)"
    )

    async def positions(tps: set[TP]) -> Mapping[TP, int]:
        rows = dict(database.execute("SELECT part, offset FROM position").fetchall())
        return {tp: rows[tp.partition] for tp in tps if tp.partition in rows}

    async def revoked(tps: set[TP]) -> None:
        pass

    subscription = bus.subscribe(
        [work["topic"]], work["group"], member="m1", on_assign=positions, on_revoke=revoked
    )
    while True:
        for batch in await subscription.poll(max_records=20):
            database.execute("BEGIN IMMEDIATE")
            # A number that comes twice after its commit breaks the primary key, and the child.
            database.executemany(
                "INSERT INTO seen VALUES(?, ?)",
                [(str(batch.tp), int((r.value or b"").split(b":")[0])) for r in batch.records],
            )
            database.execute(
                "INSERT INTO position VALUES(?, ?)"
                " ON CONFLICT(part) DO UPDATE SET offset = excluded.offset",
                (batch.partition, batch.next_offset),
            )
            database.execute("COMMIT")
            say(len(batch.records))


async def fill(bus: EventBus, work: dict[str, Any]) -> None:
    """Publish until the disk is full, make room, publish again; say what happened."""
    batch = [a_numbered_record(work["topic"], n, 10_000) for n in range(50)]
    await bus.publish(batch)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILL_BYTES, resource.RLIM_INFINITY))
    written = 1
    try:
        while True:
            await bus.publish(batch)
            written += 1
    except PublishError as error:
        say({"written": written, "retriable": error.retriable, "failed": len(error.failed)})
    say((await bus.health()).ok)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await bus.publish(batch)
    end = (await bus.bounds([TP(work["topic"], 0)]))[TP(work["topic"], 0)][1]
    say({"end": end, "healthy": (await bus.health()).ok})


def say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


WORK = {"publish": publish, "echo": echo, "consume": consume, "fill": fill}


async def main(name: str, work: dict[str, Any]) -> None:
    bus = open_bus(work["bus"])
    await bus.start()
    try:
        await WORK[name](bus, work)
    finally:
        await bus.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))
