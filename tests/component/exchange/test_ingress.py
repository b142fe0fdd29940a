"""What a hub takes: each frame once and whole, nothing skipped, and a reason for every stop."""

import contextlib
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from services.exchange.clients.feed import FeedUnavailable
from services.exchange.domain.frame import Frame, build_frame, decode_header, encode_header
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.line import line_of
from services.exchange.domain.receipt import Receipt
from services.exchange.domain.stream import Stream, StreamPosition
from services.exchange.store.tables import (
    arrived_frame,
    frame,
    incoming,
    metadata,
    refused_frame,
    replica,
    set_aside,
)
from services.exchange.usecases.apply_frame import apply_frame
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

    @pytest.mark.xfail(strict=True, reason="a stream named `unreadable` is made, and never heals")
    async def test_that_cannot_be_read_makes_no_stream(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        await say_cancelled(origin, 1)
        wire.alter = lambda frames: [cut_short(frames)]
        await dest.pull()

        wire.alter = list
        await dest.pull()

        assert [row["stream"] for row in await dest.rows(incoming)] == [ORDERS]

    @pytest.mark.xfail(strict=True, reason="a stream is made before the signature is checked")
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
        await self.say_crafted(origin, wire, line_of(bad), line_of(good))

        clean = await dest.puller.pull()

        [aside] = await dest.rows(set_aside)
        [kept] = await dest.rows(replica)
        [said] = await dest.said(RecordQuarantined)
        assert clean
        assert (aside["seq"], aside["reason"], aside["line"]) == (1, reason, line_of(bad))
        assert kept["subject"] == order_id(1)
        assert (said.sequence, said.reason) == (1, reason)

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


class Killed(Exception):
    """The process dies before the commit."""


class TestPosition:
    async def test_moves_with_the_records_or_not_at_all(self, origin: Hub, dest: Hub) -> None:
        await in_three_frames(origin)
        frames = await dest.puller.feed.frames_after({})

        async def die_before_the_commit() -> None:
            async with dest.store.transaction() as tx:
                await apply_frame(
                    tx,
                    frame=frames[0],
                    peer=dest.puller.peer,
                    rules=dest.puller.rules,
                    key=dest.key,
                )
                raise Killed

        with pytest.raises(Killed):
            await die_before_the_commit()

        assert await dest.rows(incoming) == []
        assert await dest.rows(replica) == []
        await dest.pull()
        assert await dest.hashes("destination") == await origin.hashes("origin")


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

    @pytest.mark.xfail(strict=True, reason="a reply is all or nothing, and is asked for ever again")
    async def test_keeps_good_receipts_beside_one_it_refuses(self, origin: Hub, dest: Hub) -> None:
        await say_cancelled(origin, 1)
        await dest.puller.pull()
        async with dest.store.reading() as tx:
            [(stream, first, good)] = await tx.incoming.unsent_receipts(CN)
        bad = (stream, 77, good)

        with contextlib.suppress(FeedUnavailable):
            await dest.puller.feed.give_receipts([bad, (stream, first, good)])

        assert (await origin.rows(frame))[0]["receipt"] is not None

    async def test_refuses_a_receipt_for_a_frame_it_never_sent(
        self, origin: Hub, dest: Hub
    ) -> None:
        with pytest.raises(FeedUnavailable, match=r"404|422"):
            await dest.puller.feed.give_receipts([(ORDERS, 1, Receipt(b"{}", b"0" * 64))])
