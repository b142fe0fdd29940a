"""What only the SQLite log has: a doorbell within one process, recovery by whoever comes first."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from shared.messaging.bus import TP, BusUnreachable, TopicSpec
from shared.messaging.sqlite import Doorbell, SqliteBus
from shared.messaging.sqlite_reader import LogReader
from tests.bus.places import OWNER, SqlitePlace, open_bus
from tests.bus.reading import Reader, numbered, take, values
from tests.bus.test_crash import a_child


class TestDoorbell:
    async def test_rings_when_its_log_has_grown(self, sqlite_place: SqlitePlace) -> None:
        bell, rung = Doorbell(), list[Path]()
        owning = _bus(sqlite_place, OWNER, bell)
        topic = sqlite_place.topic()
        await owning.start()
        bell.listen(rung.append)

        await owning.ensure_topics([TopicSpec(topic, 1, None)])
        after_creating = list(rung)
        await owning.publish(numbered(topic, [1]))
        await owning.stop()

        log = sqlite_place.directory / f"{OWNER}.log"
        assert after_creating == [log]
        assert rung == [log, log]

    async def test_wakes_a_reader_of_the_same_process(self, sqlite_place: SqlitePlace) -> None:
        bell = Doorbell()
        owning, reading = _bus(sqlite_place, OWNER, bell), _bus(sqlite_place, "permits", bell)
        topic = sqlite_place.topic()
        await owning.start()
        await reading.start()
        await owning.ensure_topics([TopicSpec(topic, 1, None)])
        reader = Reader(reading, [topic], "permits")
        await reader.until_assigned({TP(topic, 0)})

        waiting = asyncio.create_task(reader.take(3))
        for number in range(3):
            await asyncio.sleep(0)
            await owning.publish(numbered(topic, [number]))

        assert values(await waiting) == [0, 1, 2]
        await reading.stop()
        await owning.stop()

    async def test_does_not_make_it_deaf_to_other_processes(
        self, sqlite_place: SqlitePlace
    ) -> None:
        creator = await sqlite_place.bus()
        topic = await sqlite_place.topic_on(creator)
        await creator.stop()
        bell = Doorbell()
        reading, local = _bus(sqlite_place, None, bell), _bus(sqlite_place, "permits", bell)
        await local.start()
        await reading.start()
        reader = Reader(reading, [topic], "customs")
        await reader.until_assigned({TP(topic, 0)})

        async with a_child("echo", bus=sqlite_place.describe(), topic=topic) as child:
            assert await child.heard() == "ready"
            child.tell()
            assert len(await reader.take(1)) == 1
        await reading.stop()
        await local.stop()


class TestPowerCut:
    async def test_finds_every_commit_on_the_disk(self, sqlite_place: SqlitePlace) -> None:
        # A test cannot cut the power, so it asks SQLite what it was told.
        bus = await sqlite_place.bus()

        assert (await bus.health()).detail.endswith("synchronous full")

    async def test_is_recovered_by_a_reader_that_comes_before_the_owner(
        self, sqlite_place: SqlitePlace
    ) -> None:
        creator = await sqlite_place.bus()
        topic = await sqlite_place.topic_on(creator)
        await creator.stop()
        work = {"bus": sqlite_place.describe(), "topic": topic, "batch": 10, "size": 100}
        async with a_child("publish", first=0, **work) as child:
            durable = await child.heard()
        # The index of the write-ahead log is shared memory: a power cut leaves none.
        (sqlite_place.directory / f"{OWNER}.log-shm").unlink()

        reading = await sqlite_place.bus(None)
        end = (await reading.bounds([TP(topic, 0)]))[TP(topic, 0)][1]
        assert end >= durable
        assert len(await take(reading.read(TP(topic, 0), 0), end)) == end
        owning = await sqlite_place.bus()
        await owning.publish(numbered(topic, [7]))
        assert values(await take(reading.read(TP(topic, 0), end), 1)) == [7]


class TestReader:
    async def test_cannot_write_whatever_it_is_asked(self, sqlite_place: SqlitePlace) -> None:
        bus = await sqlite_place.bus()
        await sqlite_place.topic_on(bus)
        reader = LogReader(sqlite_place.directory / f"{OWNER}.log")
        assert reader.changed()

        connection = reader._connect()
        assert connection is not None
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DELETE FROM partition")
        reader.close()


class TestDamage:
    async def test_is_told_to_readers_and_does_not_stop_a_bus_for_good(
        self, sqlite_place: SqlitePlace
    ) -> None:
        topic = sqlite_place.topic()
        log = sqlite_place.directory / f"{OWNER}.log"
        log.write_bytes(b"this is not a database" * 1_000)
        others = set(threading.enumerate())
        reading = await sqlite_place.bus(None)

        with pytest.raises(BusUnreachable):
            await reading.read(TP(topic, 0), 0).poll()
        before = asyncio.all_tasks()
        with pytest.raises(BusUnreachable):
            await open_bus(sqlite_place.describe()).start()
        assert asyncio.all_tasks() == before
        log.unlink()
        owning = await sqlite_place.bus()
        await owning.ensure_topics([TopicSpec(topic, 1, None)])
        await owning.publish(numbered(topic, [1]))

        assert values(await take(reading.read(TP(topic, 0), 0), 1)) == [1]
        new = set(threading.enumerate()) - others
        assert sum(t.name.startswith("bus-write") for t in new) == 1


class TestFolder:
    async def test_is_made_by_the_first_owner(self, tmp_path: Path) -> None:
        place = SqlitePlace(tmp_path / "not" / "there" / "yet")
        reading = await place.bus(None)
        topic = place.topic()
        reader = Reader(reading, [topic], "permits")
        assert await reader.poll(timeout=0.05) == []

        owning = await place.bus()
        await owning.ensure_topics([TopicSpec(topic, 1, None)])
        await owning.publish(numbered(topic, [1]))

        assert values(await reader.take(1)) == [1]
        await place.close()


def _bus(place: SqlitePlace, owner: str | None, bell: Doorbell) -> SqliteBus:
    return SqliteBus(place.directory, owner, place.owners, clock=place.clock, doorbell=bell)
