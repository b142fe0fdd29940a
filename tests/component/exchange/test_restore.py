"""A hub restored from an older backup takes back what it signed since, and signs nothing twice."""

import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest

from deploy.identity import Identity
from services.exchange.clients.feed import FeedUnavailable
from services.exchange.consumers.epochs import EpochKeeper
from services.exchange.domain.frame import Frame, decode_header
from services.exchange.domain.tree_head import HeadReason
from services.exchange.store.tables import arrival, egress, frame, incoming, outgoing
from services.exchange.usecases.begin_epoch import NotOurs
from shared.contracts.event import Envelope
from tests.builders.running import NOON
from tests.component.exchange.hubs import CN, MY, ORDERS, Hub, Wire, a_hub, cancelled, order_id
from tests.real import Postgres


class Database(Protocol):
    """The database of a hub that stands still while it is copied and put back."""

    url: str

    def back_up(self) -> None: ...
    def restore(self) -> None: ...


class SqliteFile:
    """A file, and a copy of it."""

    def __init__(self, folder: Path) -> None:
        self._file, self._copy = folder / "cn.db", folder / "backup.db"
        self.url = f"sqlite+aiosqlite:///{self._file}"

    def back_up(self) -> None:
        shutil.copyfile(self._file, self._copy)

    def restore(self) -> None:
        for old in self._file.parent.glob("cn.db*"):
            old.unlink()
        shutil.copyfile(self._copy, self._file)


class PostgresDatabase:
    """A database on the run's server, and one made with it as the template."""

    def __init__(self, server: Postgres) -> None:
        self._server, self._name = server, f"test_{uuid4().hex}"
        self._copy = f"{self._name}_backup"
        self.url = server.url(self._name)

    def back_up(self) -> None:
        self._server.create(self._copy, template=self._name)

    def restore(self) -> None:
        self._server.drop(self._name)
        self._server.create(self._name, template=self._copy)

    def drop(self) -> None:
        for name in (self._name, self._copy):
            self._server.drop(name)


@dataclass
class Pair:
    """cn-hgh, which is restored, and my-kul, which stays up; cn-hgh starts and stops at will."""

    my: Hub
    to_cn: Wire
    to_my: Wire
    identities: dict[str, Identity]
    folder: Path
    database: "Database"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Hub]:
        """cn-hgh for a while, as its folder and its database stand now."""
        pems = {hub: identity.signing.read_text() for hub, identity in self.identities.items()}
        async with a_hub(
            CN,
            MY,
            database_url=self.database.url,
            directory=self.folder / CN,
            pems=pems,
            wire=self.to_my,
            identity=self.identities[CN],
        ) as cn:
            self.to_cn.app = cn.service.app
            await cn.ask_document()
            await self.my.ask_document()
            yield cn

    async def cross(self, cn: Hub, events: Sequence[Envelope]) -> None:
        """Let events be said, framed, pulled, acknowledged and logged."""
        for event in events:
            await cn.say(event)
            await cn.close()
        await self.my.pull()
        await cn.recorder.record()
        await self.my.recorder.record()

    def restore(self, *, announce: bool = True) -> None:
        """Put the copy in place, and announce that this happened."""
        self.database.restore()
        if announce:
            identity = self.identities[CN]
            identity.announce_epoch(max(1, identity.read().epoch) + 1, now=NOON)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if getattr(request, "param", "sqlite") == "sqlite":
        yield SqliteFile(tmp_path)
        return
    made = PostgresDatabase(request.getfixturevalue("postgres"))
    yield made
    made.drop()


on_both_databases = pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
async def pair(
    tmp_path: Path, identities: dict[str, Identity], database: Database
) -> AsyncIterator[Pair]:
    to_cn, to_my = Wire(), Wire()
    pems = {hub: identity.signing.read_text() for hub, identity in identities.items()}
    async with a_hub(
        MY,
        CN,
        database_url=f"sqlite+aiosqlite:///{tmp_path}/my.db",
        directory=tmp_path / MY,
        pems=pems,
        wire=to_cn,
        identity=identities[MY],
    ) as my:
        to_my.app = my.service.app
        yield Pair(my, to_cn, to_my, identities, tmp_path, database)


def some_events(hub: Hub, *numbers: int) -> list[Envelope]:
    return [hub.envelope(cancelled(number), key=order_id(number)) for number in numbers]


async def lost_after_backup(pair: Pair) -> tuple[list[Envelope], list[Frame]]:
    """Three events cross, the backup is made, three more cross and one is signed and not pulled.

    Return the four events that the backup does not know, and the frames that they were in.
    """
    async with pair.running() as cn:
        await pair.cross(cn, some_events(cn, 1, 2, 3))
        await pair.my.heads.ask()
    pair.database.back_up()
    async with pair.running() as cn:
        later = some_events(cn, 4, 5, 6, 7)
        cn._offsets = iter(range(100, 200))  # type: ignore[assignment]
        await pair.cross(cn, later[:3])
        await pair.my.heads.ask()
        await cn.say(later[3])
        await cn.close()
        frames = [Frame(r["header"], r["signature"], r["value"]) for r in await cn.rows(frame)]
    return later, frames[3:]


async def heard_again(cn: Hub, events: Sequence[Envelope]) -> None:
    """The services' log still has what was said since the backup, and is read from there."""
    cn._offsets = iter(range(100, 200))  # type: ignore[assignment]
    for event in events:
        await cn.say(event)
    await cn.close()


class TestRestoredHub:
    @on_both_databases
    async def test_goes_on_in_a_new_epoch_with_nothing_lost_and_nothing_twice(
        self, pair: Pair
    ) -> None:
        later, lost = await lost_after_backup(pair)
        pair.restore()

        async with pair.running() as cn:
            await heard_again(cn, later)
            framed_early = len(await cn.rows(frame))
            await cn.epochs.begin()
            await cn.close()
            [sent] = await cn.rows(outgoing)
            assert await pair.my.pull()

            assert framed_early == 3  # no frame was closed before the peer was asked
            assert (sent["epoch"], sent["last_seq"], sent["acknowledged_seq"]) == (2, 7, 6)
            assert [r["header"] for r in await cn.rows(frame)][3:6] == [f.header for f in lost[:3]]
            for rows in (await cn.rows(egress), await pair.my.rows(arrival)):
                ids = [row["event_id"] for row in rows if row["stream"] == ORDERS]
                assert len(ids) == len(set(ids)) == 7
                assert ids[3:] == [event.id for event in later]
            assert (await pair.my.hashes("destination")) == (await cn.hashes("origin"))

    async def test_says_later_what_was_taken_back_and_it_gets_no_second_number(
        self, pair: Pair
    ) -> None:
        later, _ = await lost_after_backup(pair)
        pair.restore()

        async with pair.running() as cn:
            await cn.epochs.begin()
            await heard_again(cn, later)
            await pair.my.pull()

            assert [row["seq"] for row in await pair.my.rows(arrival)] == list(range(1, 8))

    async def test_has_a_frame_of_before_refused_that_comes_late(self, pair: Pair) -> None:
        later, lost = await lost_after_backup(pair)
        pair.restore()

        async with pair.running() as cn:
            await cn.epochs.begin()
            await heard_again(cn, [*later, *some_events(cn, 8)])
            await pair.my.pull()
            pair.to_cn.alter = lambda frames: [lost[3]]
            await pair.my.pull()

            assert decode_header(lost[3].header).epoch == 1
            [stands] = await pair.my.rows(incoming)
            assert (stands["seq"], stands["epoch"]) == (8, 2)
            assert stands["stop_reason"] == "lower-epoch"

    @on_both_databases
    async def test_has_it_refused_before_the_new_epoch_says_anything(self, pair: Pair) -> None:
        """As where peers read its Kafka: the log still has the frame that nobody had taken."""
        later, lost = await lost_after_backup(pair)
        pair.restore()

        async with pair.running() as cn:
            await cn.epochs.begin()
            pair.to_cn.alter = lambda frames: [lost[3]]
            await pair.my.pull()
            [stood] = await pair.my.rows(incoming)
            pair.to_cn.alter = list
            await heard_again(cn, later)
            await pair.my.pull()

            assert (stood["seq"], stood["stop_reason"]) == (6, "lower-epoch")
            [stands] = await pair.my.rows(incoming)
            assert (stands["seq"], stands["epoch"], stands["stop_reason"]) == (7, 2, None)
            assert stands["frozen_at"] is None
            assert (await pair.my.hashes("destination")) == (await cn.hashes("origin"))

    async def test_may_be_restored_again_from_before_the_epoch_between(self, pair: Pair) -> None:
        await lost_after_backup(pair)
        pair.restore()
        async with pair.running() as cn:
            await cn.epochs.begin()
            await heard_again(cn, some_events(cn, 8))
            await pair.my.pull()
        pair.restore()

        async with pair.running() as cn:
            await cn.epochs.begin()
            [sent] = await cn.rows(outgoing)
            assert (sent["epoch"], sent["framed_seq"]) == (3, 7)

    async def test_still_gives_what_its_backup_had_framed_and_the_peer_had_not_taken(
        self, pair: Pair
    ) -> None:
        async with pair.running() as cn:
            await pair.cross(cn, some_events(cn, 1))
            for event in some_events(cn, 2, 3):
                await cn.say(event)
                await cn.close()
        pair.database.back_up()
        pair.restore()

        async with pair.running() as cn:
            await cn.epochs.begin()
            assert await pair.my.pull()

            [stands] = await pair.my.rows(incoming)
            assert (stands["seq"], stands["epoch"], stands["epoch_behind"]) == (3, 1, 3)

    async def test_is_told_nothing_before_its_document_announces_the_epoch(
        self, pair: Pair
    ) -> None:
        async with pair.running() as cn:
            await pair.cross(cn, some_events(cn, 1))
            with pytest.raises(FeedUnavailable, match="409"):
                await cn.epochs.feed.held_streams(epoch=2, framed={})

        [stands] = await pair.my.rows(incoming)
        assert stands["epoch_due"] == 1

    async def test_begins_a_log_that_peers_take_for_no_contradiction(self, pair: Pair) -> None:
        await lost_after_backup(pair)
        pair.restore()

        async with pair.running() as cn:
            await cn.epochs.begin()
            await cn.recorder.record()
            seen = await pair.my.heads.ask()

        assert not isinstance(seen, HeadReason)
        assert (seen.epoch, seen.size) == (2, 12)

    async def test_without_a_new_epoch_contradicts_itself_and_is_found_out(
        self, pair: Pair
    ) -> None:
        await lost_after_backup(pair)
        pair.restore(announce=False)

        async with pair.running() as cn:
            await cn.recorder.record()
            assert await pair.my.heads.ask() is HeadReason.SHRUNK

    async def test_believes_no_peer_that_shows_it_frames_it_never_signed(self, pair: Pair) -> None:
        await lost_after_backup(pair)
        pair.restore()

        async with pair.running() as cn:
            keeper: EpochKeeper = cn.epochs
            true = keeper.feed.held_frames

            async def forged(stream: str, *, after: int) -> object:
                held = await true(stream, after=after)
                return [(f._replace(signature=bytes(64)), receipt) for f, receipt in held]

            keeper.feed.held_frames = forged  # type: ignore[method-assign,assignment]
            with pytest.raises(NotOurs, match="wrong-signature"):
                await keeper.begin()
            [sent] = await cn.rows(outgoing)
            assert (sent["epoch"], sent["framed_seq"]) == (1, 3)
