"""Deliveries: how often a message is tried, when we give up, and how it is sent again."""

import asyncio
from datetime import timedelta

from services.orders.timers import deliver_due
from services.orders.usecases.claim_deliveries import (
    CLAIMED_PER_ENDPOINT_MAX,
    LEASE,
    claim_deliveries,
)
from services.orders.usecases.forget_deliveries import DELIVERIES_KEPT, forget_deliveries
from shared.web.webhooks import RETRY_AFTER, Answer
from tests.builders.running import NOON, Running
from tests.builders.webhooks import (
    Shop,
    an_order,
    deliver_all,
    endpoint,
    later,
    read_endpoint,
    the_log,
    wire,
)
from tests.component.orders.test_timeline import captured, departed


class TestRetries:
    async def test_follow_the_table_and_end(self, orders: Running, shop: Shop) -> None:
        await endpoint(orders)
        await an_order(orders)
        shop.answer = lambda url: 500

        for wait in RETRY_AFTER:
            await deliver_all(orders, shop)
            [delivery] = await the_log(orders, state="retrying")
            assert delivery["due_at"] == wire(orders.clock.now() + wait)
            later(orders, wait)
        await deliver_all(orders, shop)

        [delivery] = await the_log(orders)
        assert (delivery["state"], len(delivery["attempts"])) == ("dead", 10)
        assert set(shop.ids) == {delivery["id"]}

    async def test_send_nothing_before_its_time(self, orders: Running, shop: Shop) -> None:
        await endpoint(orders)
        await an_order(orders)
        shop.answer = lambda url: None
        await deliver_all(orders, shop)

        later(orders, RETRY_AFTER[0] - timedelta(milliseconds=1))
        await deliver_all(orders, shop)
        [delivery] = await the_log(orders)

        assert len(shop.got) == 1
        assert delivery["attempts"][0]["error"] == "timeout"

    async def test_hold_back_the_later_entries_of_that_order_and_of_no_other(
        self, orders: Running, shop: Shop
    ) -> None:
        await endpoint(orders)
        order = await an_order(orders)
        await orders.hear(captured(order["id"], order["order_no"]))
        shop.answer = lambda url: 500
        await deliver_all(orders, shop)
        shop.answer = lambda url: 204
        other = await an_order(orders, "A002")
        await orders.hear(captured(other["id"], other["order_no"]))
        await deliver_all(orders, shop)

        later(orders, RETRY_AFTER[0])
        await deliver_all(orders, shop)

        orders_told = [body["data"]["order_id"] for _, _, body in shop.got]
        one, two = order["id"], other["id"]
        assert list(zip(orders_told, shop.sequences, strict=True)) == [
            (one, 1),
            (two, 1),
            (two, 2),
            (one, 1),
            (one, 2),
        ]

    async def test_resume_after_a_worker_died_between_claim_and_settlement(
        self, orders: Running, shop: Shop
    ) -> None:
        await endpoint(orders)
        await an_order(orders)
        async with orders.service.store.transaction() as tx:
            assert len(await claim_deliveries(tx)) == 1

        await deliver_all(orders, shop)
        before_the_end = len(shop.got)
        later(orders, LEASE)
        await deliver_all(orders, shop)

        assert (before_the_end, len(shop.got)) == (0, 1)

    async def test_never_happen_twice_when_two_workers_deliver(
        self, orders: Running, shop: Shop
    ) -> None:
        await endpoint(orders)
        for number in range(20):
            await an_order(orders, f"N{number}")

        for _ in range(5):
            await asyncio.gather(*(deliver_due(orders.service.store, shop) for _ in range(3)))

        assert len(shop.got) == len(set(shop.ids)) == 20

    async def test_leave_room_for_other_endpoints(self, orders: Running, shop: Shop) -> None:
        slow = await endpoint(orders, "https://slow.example/")
        for number in range(CLAIMED_PER_ENDPOINT_MAX * 3):
            await an_order(orders, f"N{number}")
        quick = await endpoint(orders, "https://quick.example/")
        await an_order(orders, "last")

        await deliver_due(orders.service.store, shop)

        urls = [url for url, _, _ in shop.got]
        assert urls.count(quick["url"]) == 1
        assert urls.count(slow["url"]) == CLAIMED_PER_ENDPOINT_MAX


class TestFailingEndpoints:
    async def test_are_disabled_after_five_days_without_one_success(
        self, orders: Running, shop: Shop
    ) -> None:
        made = await endpoint(orders)
        shop.answer = lambda url: 500
        await an_order(orders, "first")
        await deliver_all(orders, shop)
        later(orders, timedelta(days=5) - timedelta(seconds=1))
        await an_order(orders, "second")
        await deliver_all(orders, shop)
        still = await read_endpoint(orders, made["id"])
        later(orders, timedelta(seconds=RETRY_AFTER[0].seconds))
        await deliver_all(orders, shop)

        now = await read_endpoint(orders, made["id"])
        assert (still["disabled_for"], still["failing_since"]) == (None, wire(NOON))
        assert now["disabled_for"] == "failing"
        assert {delivery["state"] for delivery in await the_log(orders)} == {"dead"}

    async def test_start_afresh_with_one_success(self, orders: Running, shop: Shop) -> None:
        made = await endpoint(orders)
        shop.answer = lambda url: 500
        await an_order(orders, "first")
        await deliver_all(orders, shop)
        shop.answer = lambda url: 204
        later(orders, timedelta(days=4))
        await deliver_all(orders, shop)
        shop.answer = lambda url: 500
        later(orders, timedelta(days=4))
        await an_order(orders, "second")
        await deliver_all(orders, shop)

        assert (await read_endpoint(orders, made["id"]))["disabled_for"] is None

    async def test_that_say_they_are_gone_are_disabled_at_once(
        self, orders: Running, shop: Shop
    ) -> None:
        made = await endpoint(orders)
        order = await an_order(orders)
        await orders.hear(captured(order["id"], order["order_no"]))
        shop.answer = lambda url: 410
        await deliver_all(orders, shop)
        await orders.hear(departed(order["id"], order["order_no"]), origin="my-kul")
        await deliver_all(orders, shop)

        assert (await read_endpoint(orders, made["id"]))["disabled_for"] == "gone"
        assert len(shop.got) == 1
        assert [delivery["state"] for delivery in await the_log(orders)] == ["dead", "dead"]

    async def test_that_are_disabled_are_told_of_at_the_member_s_other_addresses(
        self, orders: Running, shop: Shop
    ) -> None:
        other = "https://shop.example/other"
        gone, _ = await endpoint(orders), await endpoint(orders, other)
        await an_order(orders)
        shop.answer = lambda url: 204 if url == other else 410
        await deliver_all(orders, shop)
        await orders.post(f"/v1/webhook-endpoints/{gone['id']}/enable")
        await an_order(orders, "second")
        await deliver_all(orders, shop)

        told = [(url, body) for url, _, body in shop.got if body["type"] == "endpoint.disabled"]
        assert [url for url, _ in told] == [other, other]
        assert told[0][1]["data"] == {
            "endpoint_id": gone["id"],
            "url": gone["url"],
            "reason": "gone",
            "disabled_at": wire(orders.clock.now()),
        }
        logged = [one for one in await the_log(orders) if one["type"] == "endpoint.disabled"]
        assert [one["sequence"] for one in logged] == [1, 2]
        assert {one["disabled_endpoint_id"] for one in logged} == {gone["id"]}
        assert {one["order_id"] for one in logged} == {None}

    async def test_leave_nothing_open_that_was_under_way_when_they_were_disabled(
        self, orders: Running, shop: Shop
    ) -> None:
        await endpoint(orders)
        for number in range(3):
            await an_order(orders, f"N{number}")
        shop.answer = lambda url: 410

        await deliver_due(orders.service.store, shop)

        assert len(shop.got) == 3
        assert {delivery["state"] for delivery in await the_log(orders)} == {"dead"}

    async def test_are_not_called_for_what_was_queued_while_they_were_being_disabled(
        self, orders: Running, shop: Shop
    ) -> None:
        await endpoint(orders)
        await an_order(orders)
        shop.answer = lambda url: 410
        await deliver_all(orders, shop)
        [delivery] = await the_log(orders)
        async with orders.service.store.transaction() as tx:
            dead = await tx.deliveries.hold(delivery["id"])
            assert dead is not None
            await tx.deliveries.save(dead.replayed(now=tx.now))

        await deliver_all(orders, shop)

        assert len(shop.got) == 1

    async def test_get_what_they_missed_by_a_replay_once_enabled(
        self, orders: Running, shop: Shop
    ) -> None:
        made = await endpoint(orders)
        path = f"/v1/webhook-endpoints/{made['id']}"
        order = await an_order(orders)
        await orders.hear(captured(order["id"], order["order_no"]))
        shop.answer = lambda url: 410
        await deliver_all(orders, shop)
        shop.answer = lambda url: 204
        since = {"since": NOON.isoformat()}

        [first, _] = await the_log(orders)

        one = await orders.post(f"/v1/webhook-deliveries/{first['id']}/replay")
        early = await orders.post(f"{path}/replay", since)
        enabled = await orders.post(f"{path}/enable")
        too_late = await orders.post(f"{path}/replay", {"since": "2026-09-01T12:00:01Z"})
        replayed = await orders.post(f"{path}/replay", since)
        await deliver_all(orders, shop)

        assert (one.status_code, one.json()["code"]) == (409, "orders.endpoint-disabled")
        assert (early.status_code, early.json()["code"]) == (409, "orders.endpoint-disabled")
        assert enabled.json()["disabled_for"] is None
        assert (too_late.json(), replayed.json()) == ({"count": 0}, {"count": 2})
        assert shop.sequences == [1, 1, 2]
        assert {delivery["state"] for delivery in await the_log(orders)} == {"delivered"}

    async def test_may_be_removed_while_a_message_is_under_way(
        self, orders: Running, shop: Shop
    ) -> None:
        made = await endpoint(orders)
        await an_order(orders)

        async def removing(url: str, body: bytes, headers: dict[str, str]) -> Answer:
            await orders.http.delete(f"/v1/webhook-endpoints/{made['id']}")
            return Answer(status=500, error="", took_ms=1)

        assert await deliver_due(orders.service.store, removing) == 1
        assert await the_log(orders) == []


class TestReplay:
    async def test_sends_a_delivered_message_again_under_the_same_id(
        self, orders: Running, shop: Shop
    ) -> None:
        await endpoint(orders)
        await an_order(orders)
        await deliver_all(orders, shop)
        [delivery] = await the_log(orders)

        reply = await orders.post(f"/v1/webhook-deliveries/{delivery['id']}/replay")
        await deliver_all(orders, shop)

        [after] = await the_log(orders, order_id=delivery["order_id"])
        assert (reply.status_code, reply.json()["state"]) == (200, "pending")
        assert shop.ids == [delivery["id"]] * 2
        assert shop.got[0][2] == shop.got[1][2]
        assert (after["state"], after["replays"], len(after["attempts"])) == ("delivered", 1, 2)

    async def test_gives_a_dead_message_all_its_attempts_again(
        self, orders: Running, shop: Shop
    ) -> None:
        await endpoint(orders)
        await an_order(orders)
        shop.answer = lambda url: 500
        for wait in (*RETRY_AFTER, timedelta()):
            await deliver_all(orders, shop)
            later(orders, wait)
        [dead] = await the_log(orders, state="dead")
        await orders.post(f"/v1/webhook-deliveries/{dead['id']}/replay")
        await deliver_all(orders, shop)

        [delivery] = await the_log(orders)
        assert (delivery["state"], len(delivery["attempts"])) == ("retrying", 11)

    async def test_needs_a_moment_with_its_time_zone(self, orders: Running) -> None:
        made = await endpoint(orders)

        reply = await orders.post(
            f"/v1/webhook-endpoints/{made['id']}/replay", {"since": "2026-09-01T12:00:00"}
        )

        assert (reply.status_code, reply.json()["code"]) == (422, "request-invalid")


class TestLog:
    async def test_pages_and_is_forgotten_after_a_month(self, orders: Running, shop: Shop) -> None:
        await endpoint(orders)
        for number in range(3):
            await an_order(orders, f"N{number}")
        first = (await orders.http.get("/v1/webhook-deliveries", params={"limit": 2})).json()
        rest = (
            await orders.http.get(
                "/v1/webhook-deliveries", params={"limit": 2, "cursor": first["next_cursor"]}
            )
        ).json()

        later(orders, DELIVERIES_KEPT)
        async with orders.service.store.transaction() as tx:
            await forget_deliveries(tx)
        kept = await the_log(orders)
        later(orders, timedelta(seconds=1))
        async with orders.service.store.transaction() as tx:
            await forget_deliveries(tx)

        assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 1, None)
        assert (len(kept), await the_log(orders)) == (3, [])
