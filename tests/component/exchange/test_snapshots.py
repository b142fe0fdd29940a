"""A peer that stands before the oldest frame kept is told so, and gets a signed snapshot."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from services.exchange.consumers.snapshots import SnapshotTaker
from services.exchange.domain import snapshot as domain
from services.exchange.domain.frame import Frame
from services.exchange.store.snapshot_tables import (
    arrived_part,
    snapshot_part,
    snapshot_taken,
    snapshot_taking,
)
from services.exchange.store.tables import (
    arrival,
    egress,
    frame,
    incoming,
    metadata,
    outgoing,
    refused_frame,
)
from services.exchange.usecases.give_snapshot import let_go_of_old_frames
from services.exchange.usecases.take_snapshot import BEHIND_RETENTION
from tests.component.exchange.hubs import ORDERS, Hub, order_id, say_cancelled

NOTHING_KEPT = timedelta(days=-1)
ON_ONE_DATABASE = pytest.mark.parametrize("hubs", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two records fill a part, so that five subjects make three."""
    monkeypatch.setattr(domain, "FRAME_EVENTS_MAX", 2)


async def let_go(origin: Hub) -> None:
    """As if all frames closed so far were older than they are kept."""
    async with origin.store.transaction() as tx:
        await let_go_of_old_frames(tx, kept=NOTHING_KEPT)


async def a_long_past(origin: Hub) -> None:
    """Five subjects in seven records, the frames of which are gone."""
    await say_cancelled(origin, 1, 2, 3)
    await say_cancelled(origin, 1, 2, reason="out-of-stock")
    await say_cancelled(origin, 4, 5)
    await let_go(origin)


async def told(dest: Hub) -> list[str]:
    """The subjects of what the destination's services are told, in order."""
    outbox = await dest.rows(metadata.tables["outbox"])
    return [row["key"] for row in outbox if row["topic"] == "cn-hgh.orders.events"]


async def is_equal(origin: Hub, dest: Hub) -> bool:
    return await origin.hashes("origin") == await dest.hashes("destination") != {}


def in_this_order(dest: Hub, order: Sequence[int]) -> None:
    """Let the parts of the next answer come like this; what follows comes as it is."""
    feed = dest.puller.feed
    asked = feed.snapshot
    left = [list(order)]

    async def disturbed(stream: str, *, seq: int, snapshot: str, after: int) -> list[Frame]:
        parts = await asked(stream, seq=seq, snapshot=snapshot, after=after)
        return [parts[i] for i in left.pop()] if left else parts

    feed.snapshot = disturbed  # type: ignore[method-assign]


class TestLettingGo:
    async def test_keeps_the_newest_of_each_subject_and_every_signed_header(
        self, origin: Hub
    ) -> None:
        await a_long_past(origin)

        assert [row["seq"] for row in await origin.rows(egress)] == [3, 4, 5, 6, 7]
        assert [bool(row["value"]) for row in await origin.rows(frame)] == [False] * 3
        assert all(row["header"] and row["signature"] for row in await origin.rows(frame))
        assert (await origin.rows(outgoing))[0]["kept_from"] == 8

    @ON_ONE_DATABASE
    async def test_leaves_what_is_younger_and_costs_a_peer_nothing_that_has_the_rest(
        self, origin: Hub, dest: Hub
    ) -> None:
        await say_cancelled(origin, 1)
        await dest.pull()
        await let_go(origin)
        await say_cancelled(origin, 2)
        async with origin.store.transaction() as tx:
            await let_go_of_old_frames(tx, kept=timedelta(days=1))

        assert await dest.pull()
        assert not await dest.rows(snapshot_taken)
        assert await is_equal(origin, dest)


class TestSnapshot:
    async def test_brings_a_new_hub_to_where_live_frames_go_on(
        self, origin: Hub, dest: Hub
    ) -> None:
        await a_long_past(origin)
        await say_cancelled(origin, 6)

        assert await dest.pull()  # the snapshot, which holds the live frame's record as well
        await say_cancelled(origin, 7, 1, reason="address-wrong")
        assert await dest.pull()

        assert [row["seq"] for row in await dest.rows(arrival)] == [3, 4, 5, 6, 7, 8, 9, 10]
        assert await told(dest) == [order_id(n) for n in (3, 1, 2, 4, 5, 6, 7, 1)]
        assert await is_equal(origin, dest)

    @ON_ONE_DATABASE
    async def test_is_told_of_by_a_reason_until_it_is_taken(self, origin: Hub, dest: Hub) -> None:
        await say_cancelled(origin, 1)
        await dest.pull()
        await say_cancelled(origin, 2)
        await let_go(origin)
        in_this_order(dest, [])

        assert not await dest.pull()
        assert await dest.stop_reason(ORDERS) == BEHIND_RETENTION
        assert await dest.pull()

        assert await dest.stop_reason(ORDERS) is None
        assert await told(dest) == [order_id(1), order_id(2)]

    async def test_may_come_twice_and_in_any_order(self, origin: Hub, dest: Hub) -> None:
        await a_long_past(origin)
        in_this_order(dest, [2, 0, 0, 2, 1, 0])

        assert await dest.pull()

        assert await told(dest) == [order_id(n) for n in (3, 1, 2, 4, 5)]
        assert await is_equal(origin, dest)

    async def test_goes_on_behind_the_last_part_kept_before_a_crash(
        self, origin: Hub, dest: Hub
    ) -> None:
        await a_long_past(origin)
        in_this_order(dest, [0])
        await self.one_answer(dest)
        assert len(await dest.rows(snapshot_taking)) == 1
        assert (await dest.rows(incoming))[0]["seq"] == 0  # no live frame is applied before it ends

        asked: list[int] = []
        snapshot = dest.puller.feed.snapshot

        async def counted(stream: str, *, seq: int, snapshot: str, after: int) -> list[Frame]:
            asked.append(after)
            return await original(stream, seq=seq, snapshot=snapshot, after=after)

        original, dest.puller.feed.snapshot = snapshot, counted  # type: ignore[method-assign]
        assert await dest.pull()

        assert asked == [1]
        assert not await dest.rows(snapshot_taking)
        assert await told(dest) == [order_id(n) for n in (3, 1, 2, 4, 5)]
        assert await is_equal(origin, dest)

    @ON_ONE_DATABASE
    async def test_begins_anew_when_its_origin_has_let_go_of_more_meanwhile(
        self, origin: Hub, dest: Hub
    ) -> None:
        await a_long_past(origin)
        in_this_order(dest, [0])
        await self.one_answer(dest)
        await say_cancelled(origin, 3, 6, reason="address-wrong")
        await let_go(origin)

        assert await dest.pull()

        assert (await told(dest))[:2] == [order_id(3), order_id(1)]
        assert {row["seq"] for row in await dest.rows(arrived_part)} == {9}  # none of the first one
        assert await is_equal(origin, dest)

    async def test_is_signed_for_and_then_nothing_waits(self, origin: Hub, dest: Hub) -> None:
        await a_long_past(origin)

        await dest.pull()

        [ours], [theirs] = await origin.rows(snapshot_taken), await dest.rows(snapshot_taken)
        assert (ours["receipt"], ours["seq"]) == (theirs["receipt"], 7)
        assert (await origin.rows(outgoing))[0]["acknowledged_seq"] == 7
        assert all(row["receipt_at"] for row in await origin.rows(frame))
        assert not await origin.rows(snapshot_part)
        assert theirs["told_at"] is not None

    @ON_ONE_DATABASE
    async def test_that_was_changed_on_the_way_is_evidence_and_no_record_of_it_is_kept(
        self, origin: Hub, dest: Hub
    ) -> None:
        await a_long_past(origin)
        asked = dest.puller.feed.snapshot

        async def forged(stream: str, **at: int | str) -> list[Frame]:
            first, second, *_ = await asked(stream, **at)  # type: ignore[arg-type]
            return [first._replace(value=second.value)]

        dest.puller.feed.snapshot = forged  # type: ignore[method-assign]

        assert not await dest.pull()

        assert not await dest.rows(arrival)
        assert [row["reason"] for row in await dest.rows(refused_frame)] == ["root-mismatch"]
        assert await dest.stop_reason(ORDERS) == "root-mismatch"

    async def test_holds_only_types_that_are_agreed_now(self, origin: Hub, dest: Hub) -> None:
        await a_long_past(origin)
        contract = metadata.tables["contract"]
        async with origin.store.transaction() as tx:
            await tx.connection.execute(
                contract.delete().where(contract.c.event_type == "orders.order-cancelled.v1")
            )

        assert await dest.pull()

        assert not await dest.rows(arrival)
        assert (await dest.rows(incoming))[0]["seq"] == 7

    @ON_ONE_DATABASE
    async def test_is_made_for_no_peer_that_is_suspended_or_can_have_the_frames(
        self, origin: Hub, dest: Hub
    ) -> None:
        await say_cancelled(origin, 1)
        assert await dest.puller.feed.snapshot(ORDERS, seq=0, snapshot="", after=0) == []
        await let_go(origin)
        await origin.post(f"/v1/peers/{dest.name}/suspend")
        assert await dest.puller.feed.snapshot(ORDERS, seq=0, snapshot="", after=0) == []

        assert not await origin.rows(snapshot_part)

    @ON_ONE_DATABASE
    async def test_of_a_stream_of_others_is_not_taken(self, dest: Hub) -> None:
        assert not await dest.puller.snapshots.take("sg-sin/my-kul/orders/0")
        assert not await dest.rows(incoming)

    @staticmethod
    async def one_answer(dest: Hub) -> None:
        """Take what one answer brings, then be killed."""
        snapshots: SnapshotTaker = dest.puller.snapshots
        asked = snapshots.feed.snapshot

        async def killed(stream: str, **_: object) -> list[Frame]:
            raise SystemExit(stream)

        async def once(stream: str, *, seq: int, snapshot: str, after: int) -> list[Frame]:
            snapshots.feed.snapshot = killed  # type: ignore[method-assign]
            return await asked(stream, seq=seq, snapshot=snapshot, after=after)

        snapshots.feed.snapshot = once  # type: ignore[method-assign]
        with pytest.raises(SystemExit):
            await snapshots.take(ORDERS)
        del snapshots.feed.snapshot
