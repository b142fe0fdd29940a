"""What crossed is logged at both ends, heads are exchanged, one event is proven to a stranger."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, update

from deploy.identity import Identity
from services.exchange.domain import snapshot
from services.exchange.domain.bundle import CheckName, verify_bundle
from services.exchange.domain.dsse import TREE_HEAD
from services.exchange.domain.peer import Pinned, read_pinned
from services.exchange.domain.snapshot_bundle import SnapshotCheckName, verify_snapshot_bundle
from services.exchange.domain.stream import GENESIS
from services.exchange.domain.tree_head import HeadReason, TreeHead, head_of
from services.exchange.store.snapshot_tables import arrived_part, snapshot_taken
from services.exchange.store.tables import (
    arrival,
    arrived_frame,
    contradicting_head,
    egress,
    evidence_node,
    evidence_tree,
    frame,
    incoming,
    peer_head,
)
from services.exchange.usecases.give_snapshot import let_go_of_old_frames
from shared.contracts.exchange.events import EvidenceContradicted
from shared.kernel.clock import FixedClock
from tests.builders.running import NOON
from tests.component.exchange.hubs import (
    CN,
    MY,
    Hub,
    Wire,
    introduced,
    say_cancelled,
    signs_with,
)


async def crossed(origin: Hub, dest: Hub, *numbers: int) -> str:
    """Let events cross with their receipt, and both logs take them in; return the last one's id."""
    await say_cancelled(origin, *numbers)
    await dest.pull()
    for hub in (origin, dest):
        await hub.recorder.record()
    return str((await origin.rows(egress))[-1]["event_id"])


async def log_of(hub: Hub) -> TreeHead:
    [row] = await hub.rows(evidence_tree)
    return head_of(row["body"])


def anchors(identities: dict[str, Identity]) -> dict[str, Pinned]:
    """What a stranger was given by both operators, and nothing else."""
    given: dict[str, Pinned] = {}
    for hub, identity in identities.items():
        given.update(read_pinned(msgspec.json.encode(identity.anchor(f"http://{hub}"))))
    return given


def states(checks: Sequence[Any]) -> dict[str, bool]:
    return {check.name.value: check.passed for check in checks}


ALL_PASS = dict.fromkeys([name.value for name in CheckName], True)


class TestBundle:
    async def test_from_either_end_holds_before_a_stranger_with_both_anchors(
        self, rooted: tuple[Hub, Hub, Wire], identities: dict[str, Identity]
    ) -> None:
        cn, my, _ = await introduced(rooted)
        await crossed(cn, my, 1, 2, 3)
        event_id = await crossed(cn, my, 4, 5)

        for hub in (cn, my):
            reply = await hub.http.get(f"/v1/evidence/{event_id}")
            checks = verify_bundle(reply.content, anchors(identities))

            assert states(checks) == ALL_PASS, checks
            assert b"cancelled.v1" in checks[4].detail.encode()
            assert checks[5].detail.startswith(f"{MY} took 2 of 2 records")

    async def test_holds_after_the_signing_keys_were_changed_and_the_old_ones_ended(
        self, rooted: tuple[Hub, Hub, Wire], identities: dict[str, Identity]
    ) -> None:
        cn, my, _ = await introduced(rooted)
        event_id = await crossed(cn, my, 1)
        for months in (3, 6):  # the second rotation leaves the first key out of the document
            identities[CN].rotate(now=NOON + timedelta(days=30 * months))
        signs_with(cn, identities[CN])
        await cn.recorder.record()

        reply = await cn.http.get(f"/v1/evidence/{event_id}")

        assert states(verify_bundle(reply.content, anchors(identities))) == ALL_PASS

    async def test_does_not_hold_without_the_anchor_of_one_end(
        self, rooted: tuple[Hub, Hub, Wire], identities: dict[str, Identity]
    ) -> None:
        cn, my, _ = await introduced(rooted)
        event_id = await crossed(cn, my, 1)
        reply = await cn.http.get(f"/v1/evidence/{event_id}")

        checks = verify_bundle(reply.content, anchors({CN: identities[CN]}))

        assert states(checks) == {"form": True, "origin-keys": True, "destination-keys": False}

    async def test_is_refused_for_what_never_crossed_and_before_the_receipt_is_logged(
        self, origin: Hub, dest: Hub
    ) -> None:
        nothing = await origin.http.get("/v1/evidence/evt_cn-hgh_00000000000000000000000000")
        await say_cancelled(origin, 1)
        [row] = await origin.rows(egress)
        early = await origin.http.get(f"/v1/evidence/{row['event_id']}")
        await dest.pull()
        unlogged = await origin.http.get(f"/v1/evidence/{row['event_id']}")

        assert (nothing.status_code, nothing.json()["code"]) == (404, "exchange.event-not-crossed")
        for reply in (early, unlogged):
            assert (reply.status_code, reply.json()["code"]) == (409, "exchange.not-proven-yet")

    async def test_asks_for_the_peer_where_it_could_be_several(
        self, origin: Hub, dest: Hub
    ) -> None:
        event_id = await crossed(origin, dest, 1)
        other = await origin.http.get(f"/v1/evidence/{event_id}?peer=sg-sin")
        mine = await origin.http.get(f"/v1/evidence/{event_id}?peer={MY}")

        assert (other.status_code, mine.status_code) == (404, 200)


class TestSnapshotBundle:
    async def test_from_the_destination_proves_a_record_and_the_origin_names_who_has_it(
        self,
        rooted: tuple[Hub, Hub, Wire],
        identities: dict[str, Identity],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(snapshot, "FRAME_EVENTS_MAX", 2)
        cn, my, _ = await introduced(rooted)
        await say_cancelled(cn, 1, 2, 3)
        await say_cancelled(cn, 1, reason="out-of-stock")
        async with cn.store.transaction() as tx:
            await let_go_of_old_frames(tx, kept=timedelta(days=-1))
        await crossed(cn, my, 4)  # younger than what was let go, and in the snapshot as well
        ids = [row["event_id"] for row in await cn.rows(egress)]

        assert len(await my.rows(arrived_part)) == len(ids) // 2 == 2
        for number, event_id in zip((2, 3, 4, 5), ids, strict=True):
            reply = await my.http.get(f"/v1/evidence/{event_id}")
            checks = verify_snapshot_bundle(reply.content, anchors(identities))
            assert states(checks) == dict.fromkeys(SnapshotCheckName, True), checks
            assert checks[4].detail.endswith(f"number {number}")
            asked = await cn.http.get(f"/v1/evidence/{event_id}")
            assert (asked.status_code, asked.json()["code"]) == (
                409,
                "exchange.proven-at-destination",
            )
            assert MY in asked.json()["detail"]

    async def test_is_not_given_before_the_receipt_is_logged(self, origin: Hub, dest: Hub) -> None:
        event_id = await self.in_a_snapshot(origin, dest)

        early = await dest.http.get(f"/v1/evidence/{event_id}")
        await dest.recorder.record()
        late = await dest.http.get(f"/v1/evidence/{event_id}")

        assert (early.status_code, early.json()["code"]) == (409, "exchange.not-proven-yet")
        assert late.status_code == 200

    async def test_receipt_is_logged_once_at_both_ends_and_anew_in_a_new_epoch(
        self, origin: Hub, dest: Hub
    ) -> None:
        await self.in_a_snapshot(origin, dest)
        for hub in (origin, dest):
            assert await hub.recorder.record()
            assert not await hub.recorder.record()
            [taken] = await hub.rows(snapshot_taken)
            assert taken["leaf"] is not None
            async with hub.store.transaction() as tx:
                await tx.tree.begin(2)
            assert [row["leaf"] for row in await hub.rows(snapshot_taken)] == [None]

    @staticmethod
    async def in_a_snapshot(origin: Hub, dest: Hub) -> str:
        await say_cancelled(origin, 1)
        async with origin.store.transaction() as tx:
            await let_go_of_old_frames(tx, kept=timedelta(days=-1))
        await dest.pull()
        return str((await origin.rows(egress))[0]["event_id"])


class TestLog:
    async def test_has_each_frame_and_receipt_once_however_often_it_looks(
        self, origin: Hub, dest: Hub
    ) -> None:
        for number in range(1, 6):
            await crossed(origin, dest, number)
        assert await origin.recorder.record() == 0

        assert [row["size"] for row in await origin.rows(evidence_tree)] == [10]
        assert [row["size"] for row in await dest.rows(evidence_tree)] == [10]
        places = [(r["frame_leaf"], r["receipt_leaf"]) for r in await origin.rows(frame)]
        assert sorted(at for both in places for at in both) == list(range(10))
        leaves = [r for r in await origin.rows(evidence_node) if r["level"] == 0]
        assert len({row["hash"] for row in leaves}) == 10

    async def test_keeps_the_first_receipt_when_another_comes(self, origin: Hub, dest: Hub) -> None:
        event_id = await crossed(origin, dest, 1)
        [kept] = await origin.rows(frame)
        async with dest.store.transaction() as tx:
            await tx.connection.execute(delete(arrived_frame))
            await tx.connection.execute(delete(arrival))
            await tx.connection.execute(update(incoming).values(seq=0, chain=GENESIS))
        dest.puller.taker._behind.clear()
        assert isinstance(dest.store.clock, FixedClock)
        dest.store.clock.move(timedelta(minutes=1))
        await dest.pull()

        [again] = await dest.rows(arrived_frame)
        [row] = await origin.rows(frame)
        bundle = await origin.http.get(f"/v1/evidence/{event_id}")
        assert again["receipt"] != kept["receipt"]
        assert row["receipt"] == kept["receipt"]
        assert bundle.status_code == 200


class TestPeersHead:
    async def test_is_kept_as_it_grows_and_shown(self, origin: Hub, dest: Hub) -> None:
        for number in range(1, 4):
            await crossed(origin, dest, number)
            assert isinstance(await dest.heads.ask(), TreeHead)

        views = (await dest.http.get("/v1/evidence-logs")).json()

        theirs = await log_of(origin)
        [seen] = [view for view in views if view["hub"] == CN]
        assert (seen["size"], seen["root"], seen["contradictions"]) == (6, theirs.root, 0)

    async def test_of_a_log_changed_afterwards_is_refused_and_both_heads_kept(
        self, origin: Hub, dest: Hub
    ) -> None:
        await crossed(origin, dest, 1, 2)
        await dest.heads.ask()
        before = await dest.rows(peer_head)
        async with origin.store.transaction() as tx:
            changed = update(evidence_node).where(evidence_node.c.number == 0)
            await tx.connection.execute(changed.values(hash=bytes(32)))
        await crossed(origin, dest, 3)

        assert await dest.heads.ask() is HeadReason.INCONSISTENT
        assert await dest.heads.ask() is HeadReason.INCONSISTENT
        assert await dest.rows(peer_head) == before
        [pair] = await dest.rows(contradicting_head)
        assert (pair["held_body"], pair["reason"]) == (before[0]["body"], "inconsistent")
        views = (await dest.http.get("/v1/evidence-logs")).json()
        assert [v["contradictions"] for v in views if v["hub"] == CN] == [1]
        assert [said.peer for said in await dest.said(EvidenceContradicted)] == [CN]

    @pytest.mark.parametrize(
        ("changes", "reason", "pairs"),
        [
            ({"size": 0}, HeadReason.SHRUNK, 1),
            ({"epoch": 2}, HeadReason.EPOCH_NOT_ANNOUNCED, 0),
            ({"hub": MY}, HeadReason.WRONG_HUB, 0),
            ({"at": "1999-01-01T00:00:00.000Z"}, HeadReason.KEY_OUTSIDE_WINDOW, 0),
            ({"kid": "A" * 43}, HeadReason.UNKNOWN_KEY, 0),
        ],
    )
    async def test_that_says_something_else_is_refused_for_its_own_reason(
        self,
        origin: Hub,
        dest: Hub,
        changes: dict[str, Any],
        reason: HeadReason,
        pairs: int,
    ) -> None:
        await crossed(origin, dest, 1)
        await dest.heads.ask()
        body = msgspec.json.encode(msgspec.structs.replace(await log_of(origin), **changes))
        signature = origin.key.sign(TREE_HEAD, body)
        async with origin.store.transaction() as tx:
            await tx.connection.execute(
                update(evidence_tree).values(body=body, signature=signature)
            )

        assert await dest.heads.ask() is reason
        assert len(await dest.rows(contradicting_head)) == pairs
