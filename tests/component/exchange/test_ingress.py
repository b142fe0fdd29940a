"""What a hub takes: each frame once and whole, nothing skipped, and a reason for every stop."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from services.exchange.clients.feed import FeedUnavailable
from services.exchange.domain.dsse import RECEIPT
from services.exchange.domain.frame import Frame, build_frame, decode_header, encode_header
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.line import line_of
from services.exchange.domain.receipt import Receipt
from services.exchange.domain.receive import Apply
from services.exchange.domain.stream import Stream, StreamPosition
from services.exchange.store.evidence import FORGED_MAX
from services.exchange.store.receipts import RETRY_REFUSED
from services.exchange.store.tables import (
    arrived_frame,
    frame,
    incoming,
    metadata,
    refused_frame,
    replica,
    set_aside,
)
from services.exchange.usecases.apply_frame import apply_frames
from services.exchange.usecases.judge_frame import (
    Standing,
    find_standing,
    judge_frame,
)
from shared.contracts.exchange.events import FrameApplied, RecordQuarantined, StreamStopped
from shared.contracts.orders.events import OrderCancelled
from tests.builders.eroad import a_key, resigned
from tests.builders.orders import order_placed
from tests.builders.running import NOON
from tests.component.exchange.hubs import (
    CN,
    MY,
    ORDERS,
    Hub,
    Wire,
    cancelled,
    order_id,
    say_cancelled,
)


async def in_three_frames(origin: Hub) -> None:
    """Six events in three frames, the last about a subject that came before."""
    await say_cancelled(origin, 1, 2)
    await say_cancelled(origin, 3, 4)
    await say_cancelled(origin, 5, 1, reason="out-of-stock")


def flipped(value: bytes) -> bytes:
    """The bytes with one bit changed near the middle."""
    at = len(value) // 2
    return value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]


class TestArrival:
    async def test_makes_both_ends_equal(self, origin: Hub, dest: Hub) -> None:
        await in_three_frames(origin)

        clean = await dest.pull()

        assert clean
        assert await dest.hashes("destination") == await origin.hashes("origin")
        assert set(await dest.hashes("destination")) == {ORDERS}

    async def test_keeps_only_the_newest_of_each_subject(self, origin: Hub, dest: Hub) -> None:
        await in_three_frames(origin)

        await dest.pull()

        path = f"/v1/replicas?type={OrderCancelled.wire_name}&origin={CN}"
        items = (await dest.http.get(path)).json()["items"]
        reasons = {i["subject"]: OrderCancelled.parse(i["data"].encode()).reason for i in items}  # type: ignore[attr-defined]
        assert len(items) == 5
        assert reasons[order_id(1)] == "out-of-stock"
        assert reasons[order_id(2)] == "buyer-request"

    async def test_tells_this_hub_what_the_peer_said_in_order(self, origin: Hub, dest: Hub) -> None:
        await in_three_frames(origin)

        await dest.pull()

        outbox = await dest.rows(metadata.tables["outbox"])
        told = [row["key"] for row in outbox if row["topic"] == f"{CN}.orders.events"]
        assert told == [order_id(n) for n in (1, 2, 3, 4, 5, 1)]
        assert [(e.first, e.count) for e in await dest.said(FrameApplied)] == [
            (1, 2),
            (3, 2),
            (5, 2),
        ]

    async def test_is_not_offered_on(self, origin: Hub, dest: Hub) -> None:
        await in_three_frames(origin)

        await dest.pull()
        await dest.close()

        assert await dest.rows(metadata.tables["outgoing"]) == []

    @pytest.mark.parametrize("order", [(0, 0, 1, 1, 2, 2), (0, 1, 2, 0, 1, 2), (0, 1, 0, 2, 1, 2)])
    async def test_of_a_frame_again_changes_nothing(
        self, origin: Hub, dest: Hub, wire: Wire, order: tuple[int, ...]
    ) -> None:
        await in_three_frames(origin)
        wire.alter = lambda frames: [frames[index] for index in order]

        clean = await dest.pull()

        assert clean
        assert len(await dest.rows(arrived_frame)) == 3
        assert len(await dest.said(FrameApplied)) == 3
        assert await dest.hashes("destination") == await origin.hashes("origin")

    async def test_finds_its_way_when_frames_are_shuffled(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        await in_three_frames(origin)
        wire.alter = lambda frames: list(reversed(frames))

        for _ in range(3):
            await dest.pull()

        assert await dest.hashes("destination") == await origin.hashes("origin")
        assert await dest.stop_reason(ORDERS) is None


class TestGap:
    async def test_stops_the_stream_and_says_so_once(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        await in_three_frames(origin)
        wire.alter = lambda frames: frames[1:]

        for _ in range(2):
            assert not await dest.pull()

        assert await dest.stop_reason(ORDERS) == "gap"
        assert [event.reason for event in await dest.said(StreamStopped)] == ["gap"]
        assert await dest.rows(replica) == []

    async def test_is_filled_by_asking_again(self, origin: Hub, dest: Hub, wire: Wire) -> None:
        await in_three_frames(origin)
        wire.alter = lambda frames: frames[1:]
        await dest.pull()

        wire.alter = list
        clean = await dest.pull()

        assert clean
        assert await dest.stop_reason(ORDERS) is None
        assert await dest.hashes("destination") == await origin.hashes("origin")

    async def test_of_the_link_itself_loses_nothing(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        await say_cancelled(origin, 1)
        await dest.pull()
        wire.is_cut = True
        await say_cancelled(origin, 2)
        with pytest.raises(FeedUnavailable):
            await dest.pull()

        wire.is_cut = False
        await dest.pull()

        assert await dest.hashes("destination") == await origin.hashes("origin")


def damaged(frames: list[Frame]) -> Frame:
    """The first frame with a bit of its compressed lines changed on the way."""
    return Frame(frames[0].header, frames[0].signature, flipped(frames[0].value))


def with_other_lines(frames: list[Frame]) -> Frame:
    """The first frame over the lines of the second."""
    return Frame(frames[0].header, frames[0].signature, frames[1].value)


def redated(frames: list[Frame]) -> Frame:
    """The first frame with another time in its header, under the true signature."""
    said = decode_header(frames[0].header)
    other = encode_header(replace(said, ts="2026-09-01T11:00:00.000Z"))
    return Frame(other, frames[0].signature, frames[0].value)


def badly_signed(frames: list[Frame]) -> Frame:
    return Frame(frames[0].header, flipped(frames[0].signature), frames[0].value)


def forged(frames: list[Frame]) -> Frame:
    """The first frame signed by a key that is not the origin's."""
    return resigned(frames[0], key=a_key(9))


def cut_short(frames: list[Frame]) -> Frame:
    return Frame(frames[0].header[:-1], frames[0].signature, frames[0].value)


class TestRefusedFrame:
    @pytest.mark.parametrize(
        ("tamper", "reasons"),
        [
            (damaged, {"malformed", "root-mismatch", "count-mismatch", "oversize"}),
            (with_other_lines, {"root-mismatch"}),
            (redated, {"wrong-signature"}),
            (badly_signed, {"wrong-signature"}),
            (forged, {"unknown-key"}),
            (cut_short, {"malformed"}),
        ],
    )
    async def test_stops_the_stream_is_kept_and_a_good_one_starts_it_again(
        self,
        origin: Hub,
        dest: Hub,
        wire: Wire,
        tamper: Callable[[list[Frame]], Frame],
        reasons: set[str],
    ) -> None:
        await in_three_frames(origin)
        wire.alter = lambda frames: [tamper(frames)]

        for _ in range(2):
            assert not await dest.pull()

        [evidence] = await dest.rows(refused_frame)
        [stopped] = await dest.said(StreamStopped)
        assert bytes(evidence["value"]) == wire.carried[0].value
        assert evidence["reason"] in reasons
        assert stopped.reason == evidence["reason"]
        assert await dest.rows(replica) == []

        wire.alter = list
        await dest.pull()

        held = await dest.hashes("destination")
        assert held[ORDERS] == (await origin.hashes("origin"))[ORDERS]
        assert await dest.stop_reason(ORDERS) is None

    async def test_that_cannot_be_read_makes_no_stream(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        await say_cancelled(origin, 1)
        wire.alter = lambda frames: [cut_short(frames)]
        await dest.pull()

        wire.alter = list
        await dest.pull()

        assert [row["stream"] for row in await dest.rows(incoming)] == [ORDERS]

    async def test_of_a_stranger_makes_no_stream(self, origin: Hub, dest: Hub, wire: Wire) -> None:
        await say_cancelled(origin, 1)
        wire.alter = lambda frames: [resigned(frames[0], key=a_key(9), p=1_000)]

        await dest.pull()

        assert await dest.rows(incoming) == []

    async def test_of_another_hub_is_named_so(self, origin: Hub, dest: Hub, wire: Wire) -> None:
        await say_cancelled(origin, 1)
        wire.alter = lambda frames: [resigned(frames[0], key=origin.key, dest="th-bkk")]

        await dest.pull()

        [evidence] = await dest.rows(refused_frame)
        assert evidence["reason"] == "wrong-audience"

    async def test_that_differs_under_a_number_done_before_is_a_fork(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        await say_cancelled(origin, 1)
        await dest.pull()
        done = wire.carried[0]
        other, _ = build_frame(
            [line_of(origin.envelope(cancelled(7), key=order_id(7)))],
            stream=Stream(CN, MY, "orders"),
            after=StreamPosition(),
            schema_set="another",
            key=origin.key,
            now=NOON,
        )
        wire.alter = lambda frames: [other]

        await dest.pull()

        [evidence] = await dest.rows(refused_frame)
        assert evidence["reason"] == "fork"
        assert evidence["known_hash"] == (await dest.rows(arrived_frame))[0]["header_hash"]
        assert await dest.stop_reason(ORDERS) == "fork"
        assert decode_header(done.header).first == decode_header(other.header).first

    async def test_that_differs_under_an_older_number_is_a_fork_too(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        await in_three_frames(origin)
        await dest.pull()
        held = [row["header_hash"] for row in await dest.rows(arrived_frame)]
        wire.alter = lambda frames: [recut]
        recut = resigned(wire.carried[0], key=origin.key, first=2, n=1)

        await dest.pull()

        [evidence] = await dest.rows(refused_frame)
        assert (evidence["reason"], evidence["known_hash"]) == ("fork", held[0])

    async def test_that_contradicts_another_freezes_the_stream_until_it_is_thawed(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        await say_cancelled(origin, 1)
        await dest.pull()
        other = resigned(wire.carried[0], key=origin.key, schema_set="another")
        wire.alter = lambda frames: [other]
        await dest.pull()
        assert await dest.stop_reason(ORDERS) == "fork"
        await say_cancelled(origin, 2)
        wire.alter = list

        await dest.pull()
        frozen = (await dest.rows(incoming))[0]["seq"]
        async with dest.store.transaction() as tx:
            await tx.incoming.freeze(ORDERS, None)
        await dest.pull()

        assert frozen == 1
        assert await dest.stop_reason(ORDERS) is None
        assert await dest.hashes("destination") == await origin.hashes("origin")

    async def test_is_kept_only_up_to_a_limit_when_anybody_may_have_made_it(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        await say_cancelled(origin, 1)
        wire.alter = lambda frames: [
            resigned(frames[0], key=a_key(9), p=number) for number in range(FORGED_MAX + 5)
        ]

        await dest.pull()

        kept = await dest.rows(refused_frame)
        assert len(kept) == FORGED_MAX
        assert {row["is_authentic"] for row in kept} == {False}


def without_the_second_of_orders(frames: list[Frame]) -> list[Frame]:
    """All but the frame that begins with number 2 of the stream that most tests look at."""
    headers = [decode_header(frame.header) for frame in frames]
    return [f for f, h in zip(frames, headers, strict=True) if (h.p, h.first) != (0, 2)]


class TestStoppedStream:
    async def test_is_left_out_of_the_next_question_and_slows_no_other(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        for partition in (0, 1):
            said = origin.envelope(cancelled(partition), key=order_id(partition))
            await origin.say(said, partition=partition)
            await origin.close()
        await dest.pull()
        await say_cancelled(origin, 5)
        await say_cancelled(origin, 6)
        await origin.say(origin.envelope(cancelled(7), key=order_id(7)), partition=1)
        await origin.close()
        wire.alter = without_the_second_of_orders
        assert (await dest.puller.pull()).stopped == {ORDERS}
        wire.carried.clear()

        again = await dest.puller.pull()

        assert (again.clean, wire.carried) == (True, [])
        heads = {row["stream"]: row["seq"] for row in await dest.rows(incoming)}
        assert heads == {ORDERS: 1, f"{CN}/{MY}/orders/1": 2}


class TestRecord:
    async def say_crafted(self, origin: Hub, wire: Wire, *lines: bytes) -> None:
        """Let the wire bring one frame over these lines, signed by the origin's true key."""
        await say_cancelled(origin, 99)
        crafted, _ = build_frame(
            lines,
            stream=Stream(CN, MY, "orders"),
            after=StreamPosition(),
            schema_set="crafted",
            key=origin.key,
            now=NOON,
        )
        wire.alter = lambda frames: [crafted]

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"hub": "th-bkk"}, "not-owner"),
            ({"source": f"hub:{CN}/customs"}, "not-owner"),
            ({"audience": "th-bkk"}, "wrong-audience"),
            ({"type": "orders.order-vanished.v1"}, "unknown-type"),
            ({"data": b'{"order_id": 7}'}, "schema"),
            ({"time": "2027-01-01T00:00:00+00:00"}, "from-the-future"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    async def test_that_fails_a_check_is_set_aside_and_the_rest_applied(
        self, origin: Hub, dest: Hub, wire: Wire, changes: dict[str, object], reason: str
    ) -> None:
        good = origin.envelope(cancelled(1), key=order_id(1))
        bad = replace(origin.envelope(cancelled(2), key=order_id(2)), **changes)
        dest.puller.taker.clocks_may_differ = False
        await self.say_crafted(origin, wire, line_of(bad), line_of(good))

        clean = (await dest.puller.pull()).clean

        [aside] = await dest.rows(set_aside)
        [kept] = await dest.rows(replica)
        [said] = await dest.said(RecordQuarantined)
        assert clean
        assert (aside["seq"], aside["reason"], aside["line"]) == (1, reason, line_of(bad))
        assert kept["subject"] == order_id(1)
        assert (said.sequence, said.reason) == (1, reason)

    async def test_from_the_future_is_taken_where_clocks_are_moved_for_training(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        ahead = replace(
            origin.envelope(cancelled(1), key=order_id(1)), time="2027-01-01T00:00:00+00:00"
        )
        await self.say_crafted(origin, wire, line_of(ahead))

        await dest.puller.pull()

        assert await dest.rows(set_aside) == []

    async def test_with_a_field_that_should_have_stayed_is_set_aside(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        leaky = order_placed(buyer_phone="13900001111")
        await self.say_crafted(origin, wire, line_of(origin.envelope(leaky, key=leaky.order_id)))

        await dest.puller.pull()

        [aside] = await dest.rows(set_aside)
        assert aside["reason"] == "forbidden-field"
        assert "13900001111" not in aside["detail"]
        assert await dest.rows(replica) == []


async def judged(dest: Hub, frame: Frame) -> tuple[Standing, Apply]:
    """What a worker of the destination decides on a frame now."""
    async with dest.store.reading() as tx:
        standing = await find_standing(tx, frame, origin=CN)
    taker = dest.puller.taker
    decision = judge_frame(
        frame, standing, peer=taker.peer, rules=taker.agreements.rules(), now=NOON
    )
    assert isinstance(decision, Apply)
    return standing, decision


class Killed(Exception):
    """The process dies before the commit."""


class TestPosition:
    async def test_moves_with_the_records_or_not_at_all(self, origin: Hub, dest: Hub) -> None:
        await in_three_frames(origin)
        frames = (await dest.puller.feed.frames_after({})).frames

        async def die_before_the_commit() -> None:
            standing, decision = await judged(dest, frames[0])
            async with dest.store.transaction() as tx:
                assert await apply_frames(
                    tx, standing=standing, frames=[(frames[0], decision)], key=dest.key
                )
                raise Killed

        with pytest.raises(Killed):
            await die_before_the_commit()

        assert await dest.rows(incoming) == []
        assert await dest.rows(replica) == []
        await dest.pull()
        assert await dest.hashes("destination") == await origin.hashes("origin")

    async def test_that_moved_meanwhile_makes_a_judgement_void(
        self, origin: Hub, dest: Hub
    ) -> None:
        await in_three_frames(origin)
        first, *_ = (await dest.puller.feed.frames_after({})).frames
        standing, decision = await judged(dest, first)
        await dest.pull()
        before = await dest.rows(metadata.tables["outbox"])

        async with dest.store.transaction() as tx:
            kept = await apply_frames(
                tx, standing=standing, frames=[(first, decision)], key=dest.key
            )

        assert not kept
        assert await dest.rows(metadata.tables["outbox"]) == before


class TestFeed:
    async def test_answers_nobody_whose_request_a_peer_did_not_sign(self, origin: Hub) -> None:
        for headers in ({}, {"eroad-signed": "bm8", "eroad-signature": "bm8"}):
            refused = await origin.http.post("/v1/feed", json={"positions": {}}, headers=headers)

            assert refused.status_code == 401
            assert refused.json()["code"] == "exchange.request-not-trusted"

    async def test_refuses_a_signature_of_a_key_it_does_not_know(
        self, origin: Hub, dest: Hub
    ) -> None:
        dest.puller.feed._key = SigningKey.of(a_key(9).private)

        with pytest.raises(FeedUnavailable, match="401"):
            await dest.pull()

    async def test_keeps_good_receipts_beside_one_it_refuses(self, origin: Hub, dest: Hub) -> None:
        await say_cancelled(origin, 1)
        await dest.puller.pull()
        async with dest.store.reading() as tx:
            [(stream, first, good)] = await tx.receipts.unsent(CN, now=tx.now)
        bad = (stream, 77, good)

        refused = await dest.puller.feed.give_receipts([bad, (stream, first, good)])

        assert refused == [(stream, 77, "never-sent")]
        assert (await origin.rows(frame))[0]["receipt"] is not None

    async def test_names_what_is_wrong_with_a_receipt(self, origin: Hub, dest: Hub) -> None:
        await say_cancelled(origin, 1)
        receipt = Receipt(b"{}", b"0" * 64)
        absent = f"{CN}/th-bkk/orders/0"

        refused = await dest.puller.feed.give_receipts(
            [(ORDERS, 1, receipt), (ORDERS, 2, receipt), (absent, 1, receipt)]
        )

        assert [reason for *_, reason in refused] == ["malformed", "never-sent", "never-sent"]
        assert (await origin.rows(frame))[0]["receipt"] is None

    async def test_is_offered_a_refused_receipt_again_only_after_a_while(
        self, origin: Hub, dest: Hub
    ) -> None:
        await say_cancelled(origin, 1)
        await dest.puller.pull()
        wrong = SigningKey.of(a_key(9).private)
        async with dest.store.transaction() as tx:
            [(_, _, good)] = await tx.receipts.unsent(CN, now=tx.now)
            forged = wrong.sign(RECEIPT, good.body)
            await tx.connection.execute(arrived_frame.update().values(receipt_signature=forged))

        await dest.puller.give_receipts()

        [kept] = await dest.rows(arrived_frame)
        assert (kept["receipt_sent_at"], kept["receipt_refusal"]) == (None, "wrong-signature")
        async with dest.store.reading() as tx:
            assert await tx.receipts.unsent(CN, now=tx.now) == []
            later = tx.now + RETRY_REFUSED + timedelta(seconds=1)
            assert len(await tx.receipts.unsent(CN, now=later)) == 1
