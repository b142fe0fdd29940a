"""A hub restored from an older backup takes back what it signed since, and signs nothing twice."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.identity import Identity
from services.exchange.consumers.epochs import EpochKeeper
from services.exchange.domain.frame import Frame, decode_header
from services.exchange.domain.tree_head import HeadReason
from services.exchange.store.tables import arrival, egress, frame, incoming, outgoing
from services.exchange.usecases.begin_epoch import NotOurs
from shared.contracts.event import Envelope
from tests.builders.running import NOON
from tests.component.exchange.hubs import CN, MY, ORDERS, Hub, Wire, a_hub, cancelled, order_id


@dataclass
class Pair:
    """cn-hgh, which is restored, and my-kul, which stays up; cn-hgh starts and stops at will."""

    my: Hub
    to_cn: Wire
    to_my: Wire
    identities: dict[str, Identity]
    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "cn.db"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Hub]:
        """cn-hgh for a while, as its folder and its database stand now."""
        pems = {hub: identity.signing.read_text() for hub, identity in self.identities.items()}
        async with a_hub(
            CN,
            MY,
            database_url=f"sqlite+aiosqlite:///{self.database}",
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

    def back_up(self) -> Path:
        """Copy the database of the hub that stands still."""
        return Path(shutil.copyfile(self.database, self.folder / "backup.db"))

    def restore(self, backup: Path, *, announce: bool = True) -> None:
        """Put the copy in place, and announce that this happened."""
        for old in self.folder.glob("cn.db*"):
            old.unlink()
        shutil.copyfile(backup, self.database)
        if announce:
            identity = self.identities[CN]
            identity.announce_epoch(max(1, identity.read().epoch) + 1, now=NOON)


@pytest.fixture
async def pair(tmp_path: Path, identities: dict[str, Identity]) -> AsyncIterator[Pair]:
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
        yield Pair(my, to_cn, to_my, identities, tmp_path)


def some_events(hub: Hub, *numbers: int) -> list[Envelope]:
    return [hub.envelope(cancelled(number), key=order_id(number)) for number in numbers]


async def lost_after_backup(pair: Pair) -> tuple[Path, list[Envelope], list[Frame]]:
    """Three events cross, the backup is made, three more cross and one is signed and not pulled.

    Return the backup, the four events that it does not know, and the frames that they were in.
    """
    async with pair.running() as cn:
        await pair.cross(cn, some_events(cn, 1, 2, 3))
        await pair.my.heads.ask()
    backup = pair.back_up()
    async with pair.running() as cn:
        later = some_events(cn, 4, 5, 6, 7)
        cn._offsets = iter(range(100, 200))  # type: ignore[assignment]
        await pair.cross(cn, later[:3])
        await pair.my.heads.ask()
        await cn.say(later[3])
        await cn.close()
        frames = [Frame(r["header"], r["signature"], r["value"]) for r in await cn.rows(frame)]
    return backup, later, frames[3:]


async def heard_again(cn: Hub, events: Sequence[Envelope]) -> None:
    """The services' log still has what was said since the backup, and is read from there."""
    cn._offsets = iter(range(100, 200))  # type: ignore[assignment]
    for event in events:
        await cn.say(event)
    await cn.close()


class TestRestoredHub:
    async def test_goes_on_in_a_new_epoch_with_nothing_lost_and_nothing_twice(
        self, pair: Pair
    ) -> None:
        backup, later, lost = await lost_after_backup(pair)
        pair.restore(backup)

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
        backup, later, _ = await lost_after_backup(pair)
        pair.restore(backup)

        async with pair.running() as cn:
            await cn.epochs.begin()
            await heard_again(cn, later)
            await pair.my.pull()

            assert [row["seq"] for row in await pair.my.rows(arrival)] == list(range(1, 8))

    async def test_has_a_frame_of_before_refused_that_comes_late(self, pair: Pair) -> None:
        backup, later, lost = await lost_after_backup(pair)
        pair.restore(backup)

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

    async def test_begins_a_log_that_peers_take_for_no_contradiction(self, pair: Pair) -> None:
        backup, _, _ = await lost_after_backup(pair)
        pair.restore(backup)

        async with pair.running() as cn:
            await cn.epochs.begin()
            await cn.recorder.record()
            seen = await pair.my.heads.ask()

        assert not isinstance(seen, HeadReason)
        assert (seen.epoch, seen.size) == (2, 12)

    async def test_without_a_new_epoch_contradicts_itself_and_is_found_out(
        self, pair: Pair
    ) -> None:
        backup, _, _ = await lost_after_backup(pair)
        pair.restore(backup, announce=False)

        async with pair.running() as cn:
            await cn.recorder.record()
            assert await pair.my.heads.ask() is HeadReason.SHRUNK

    async def test_believes_no_peer_that_shows_it_frames_it_never_signed(self, pair: Pair) -> None:
        backup, _, _ = await lost_after_backup(pair)
        pair.restore(backup)

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
