"""What leaves a hub: cut down, numbered without holes, framed once, and nothing while suspended."""

import re

import msgspec
from msgspec.structs import replace

from services.exchange.domain.frame import (
    FRAME_EVENTS_MAX,
    LINE_BYTES_MAX,
    Frame,
    decode_header,
    lines_of,
)
from services.exchange.domain.policy import PSEUDONYM_PATTERN
from services.exchange.store.tables import egress, frame, metadata, outgoing
from shared.contracts.customs.events import PreClearanceAnswered
from shared.contracts.exchange.events import StreamStopped
from shared.contracts.orders.events import OrderPlaced
from tests.builders.orders import order_placed
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

CANARIES = {
    "buyer_id_number": "canary-330106199001014321",
    "buyer_name": "canary-Wang-Xiaoming",
    "buyer_phone": "canary-13900001111",
    "buyer_address": "canary-Wensan-Road-477",
}


async def say_order_with_canaries(origin: Hub) -> OrderPlaced:
    placed = order_placed().model_copy(update=CANARIES)
    await origin.say(origin.envelope(placed, key=placed.order_id, audience=MY))
    await origin.close()
    return placed


class TestPersonalData:
    async def test_is_in_no_table_of_either_exchange(self, origin: Hub, dest: Hub) -> None:
        await say_order_with_canaries(origin)

        await dest.pull()

        at_rest = await origin.bytes_at_rest() + await dest.bytes_at_rest()
        assert order_placed().order_id.encode() in at_rest
        assert [name for name, canary in CANARIES.items() if canary.encode() in at_rest] == []

    async def test_is_in_no_frame_on_the_wire(self, origin: Hub, dest: Hub, wire: Wire) -> None:
        await say_order_with_canaries(origin)

        await dest.pull()

        [carried] = wire.carried
        lines = lines_of(carried.value, count=decode_header(carried.header).n)
        assert b"canary" not in b"".join(lines)

    async def test_leaves_one_token_by_which_the_peer_can_count(
        self, origin: Hub, dest: Hub
    ) -> None:
        placed = await say_order_with_canaries(origin)

        await dest.pull()

        page = (await dest.http.get(f"/v1/replicas?type={OrderPlaced.wire_name}")).json()
        [replica] = page["items"]
        shared = OrderPlaced.parse(replica["data"].encode())
        assert replica["subject"] == placed.order_id
        assert shared.buyer_name is None  # type: ignore[attr-defined]
        token = shared.buyer_id_number  # type: ignore[attr-defined]
        assert re.match(PSEUDONYM_PATTERN, token)


class TestNumbers:
    async def test_are_dense_though_only_some_events_leave(self, origin: Hub) -> None:
        said = [
            origin.envelope(cancelled(n), key=order_id(n), audience="" if n % 3 else "th-bkk")
            for n in range(1, 10)
        ]

        await origin.say(*said[:4])
        await origin.say(*said[4:])

        assert await origin.numbers(ORDERS) == [1, 2, 3, 4, 5, 6]

    async def test_are_given_once_however_often_an_event_comes(self, origin: Hub) -> None:
        said = [origin.envelope(cancelled(n), key=order_id(n)) for n in (1, 2)]

        await origin.say(*said)
        await origin.say(*reversed(said))

        assert await origin.numbers(ORDERS) == [1, 2]

    async def test_are_counted_apart_in_each_partition(self, origin: Hub) -> None:
        for partition in (0, 1):
            said = origin.envelope(cancelled(partition), key=order_id(partition))
            await origin.say(said, partition=partition)

        assert await origin.numbers(ORDERS) == [1]
        assert await origin.numbers(f"{CN}/{MY}/orders/1") == [1]

    async def test_are_not_given_to_events_that_stay_at_home(self, origin: Hub) -> None:
        event = PreClearanceAnswered(
            order_id=order_id(1), order_no="T1", verdict="accepted", pack_hash="a hash"
        )

        await origin.say(origin.envelope(event, key=order_id(1)))

        assert await origin.rows(outgoing) == []

    async def test_are_not_given_to_what_another_hub_owns(self, origin: Hub, dest: Hub) -> None:
        foreign = dest.envelope(cancelled(1), key=order_id(1))

        await origin.say(foreign)

        assert await origin.rows(outgoing) == []

    async def test_pass_over_a_record_that_cannot_be_cut_down(self, origin: Hub) -> None:
        good = [origin.envelope(cancelled(n), key=order_id(n)) for n in (1, 2)]
        bad = replace(origin.envelope(cancelled(3), key=order_id(3)), data=b'["no object"]')

        await origin.say(good[0], bad, good[1])

        assert await origin.numbers(ORDERS) == [1, 2]
        [aside] = await origin.rows(metadata.tables["quarantine"])
        assert (aside["event_id"], aside["reason"]) == (bad.id, "exchange.not-projectable")

    async def test_are_not_given_to_an_event_that_fits_no_frame(self, origin: Hub) -> None:
        huge = cancelled(3).model_dump() | {"reason": "x" * LINE_BYTES_MAX}
        said = replace(
            origin.envelope(cancelled(3), key=order_id(3)), data=msgspec.json.encode(huge)
        )
        good = origin.envelope(cancelled(1), key=order_id(1))

        await origin.say(good, said)

        assert await origin.numbers(ORDERS) == [1]
        [aside] = await origin.rows(metadata.tables["quarantine"])
        assert aside["reason"] == "exchange.frame-over-limit"


class TestFrames:
    async def test_are_closed_for_other_streams_when_one_holds_what_fits_none(
        self, origin: Hub
    ) -> None:
        for partition in (0, 1):
            said = origin.envelope(cancelled(partition), key=order_id(partition))
            await origin.say(said, partition=partition)
        async with origin.store.transaction() as tx:
            await tx.connection.execute(
                egress.update()
                .where(egress.c.stream == ORDERS)
                .values(line=b"x" * (LINE_BYTES_MAX + 1))
            )

        for _ in range(2):
            await origin.close()

        assert [row["stream"] for row in await origin.rows(frame)] == [f"{CN}/{MY}/orders/1"]
        [said] = await origin.said(StreamStopped)
        assert (said.stream, said.reason) == (ORDERS, "exchange.frame-over-limit")

    async def test_hold_at_most_so_many_events_and_follow_each_other(self, origin: Hub) -> None:
        count = FRAME_EVENTS_MAX + 3
        said = [origin.envelope(cancelled(n), key=order_id(n)) for n in range(count)]
        await origin.say(*said)

        await origin.close()
        await origin.close()

        first, second = [decode_header(row["header"]) for row in await origin.rows(frame)]
        assert (first.first, first.n, second.first, second.n) == (1, 500, 501, 3)
        [head] = await origin.rows(outgoing)
        assert second.prev == (await origin.rows(frame))[0]["header_hash"]
        assert head["chain"] == (await origin.rows(frame))[1]["header_hash"]

    async def test_are_sent_again_byte_for_byte(self, origin: Hub, dest: Hub, wire: Wire) -> None:
        await say_cancelled(origin, 1, 2)
        seen: list[Frame] = []

        def lost(frames: list[Frame]) -> list[Frame]:
            seen.extend(frames)
            return []

        wire.alter = lost
        for _ in range(2):
            await dest.pull()

        assert len(seen) == 2
        assert seen[0] == seen[1]

    async def test_are_acknowledged_by_a_signed_receipt(self, origin: Hub, dest: Hub) -> None:
        await say_cancelled(origin, 1, 2)

        await dest.pull()

        [kept] = await origin.rows(frame)
        [head] = await origin.rows(outgoing)
        assert kept["receipt"]
        assert head["acknowledged_seq"] == 2


class TestSuspendedPeer:
    async def test_gets_no_frame_not_even_one_closed_before(
        self, origin: Hub, dest: Hub, wire: Wire
    ) -> None:
        await say_cancelled(origin, 1)

        suspended = await origin.post(f"/v1/peers/{MY}/suspend")
        await dest.pull()

        assert suspended.json()["suspended"] is True
        assert wire.carried == []

    async def test_gets_what_was_closed_before_once_resumed(self, origin: Hub, dest: Hub) -> None:
        await say_cancelled(origin, 1)
        await origin.post(f"/v1/peers/{MY}/suspend")

        await origin.post(f"/v1/peers/{MY}/resume")
        await dest.pull()

        assert await dest.hashes("destination") == await origin.hashes("origin") != {}

    async def test_gets_what_was_said_meanwhile_once_resumed(self, origin: Hub, dest: Hub) -> None:
        await origin.post(f"/v1/peers/{MY}/suspend")
        await say_cancelled(origin, 1)

        await origin.post(f"/v1/peers/{MY}/resume")
        await origin.close()
        await dest.pull()

        assert await origin.numbers(ORDERS) == [1]
        assert await dest.hashes("destination") == await origin.hashes("origin") != {}

    async def test_is_not_listened_to(self, origin: Hub, dest: Hub, wire: Wire) -> None:
        await say_cancelled(origin, 1)
        await dest.post(f"/v1/peers/{CN}/suspend")

        await dest.pull()

        assert wire.carried == []

    async def test_must_be_known(self, origin: Hub) -> None:
        refused = await origin.post("/v1/peers/th-bkk/suspend")

        assert refused.status_code == 404
