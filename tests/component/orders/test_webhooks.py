"""Webhooks: who is told what, in which order, how often, and when we give up."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from services.orders.settings import OrdersSettings
from services.orders.timers import deliver_due, delivering
from services.orders.usecases.claim_deliveries import (
    CLAIMED_PER_ENDPOINT_MAX,
    LEASE,
    claim_deliveries,
)
from services.orders.usecases.forget_deliveries import DELIVERIES_KEPT, forget_deliveries
from shared.kernel.ids import derived_id
from shared.web.webhooks import RETRY_AFTER, Answer, WebhookSender
from tests.builders.orders import PERSONAL, an_order_body
from tests.builders.receiver import Received, receiving, status
from tests.builders.running import NOON, Running
from tests.builders.tokens import all_scopes
from tests.component.orders.test_timeline import an_incoming_order, booked, captured, departed

URL = "https://shop.example/hooks"
ANSWERED_IN_TIME_S = 10


class Shop:
    """Stands for the marketplace's receiver: keeps what it is sent and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.answer: Callable[[str], int | None] = lambda url: 204

    async def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        self.got.append((url, headers, json.loads(body)))
        code = self.answer(url)
        return Answer(status=code, error="" if code else "timeout", took_ms=1)

    @property
    def sequences(self) -> list[int]:
        return [body["data"]["entry"]["sequence"] for _, _, body in self.got]

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for _, headers, _ in self.got]


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def endpoint(orders: Running, url: str = URL) -> dict[str, Any]:
    """Register an endpoint; its view, with the secret in it."""
    reply = await orders.post("/v1/webhook-endpoints", {"url": url})
    assert reply.status_code == 201, reply.text
    document = reply.json()
    return {**document["endpoint"], "secret": document["secret"]}


async def an_order(orders: Running, order_no: str = "A001") -> dict[str, Any]:
    reply = await orders.post("/v1/orders", an_order_body(order_no=order_no))
    assert reply.status_code == 201, reply.text
    return reply.json()  # type: ignore[no-any-return]


def later(orders: Running, by: timedelta) -> None:
    """Let time pass; the caller's token has run out by then and is renewed."""
    orders.clock.move(by)
    orders.http.headers.update(orders.office.headers(*all_scopes()))


async def deliver_all(orders: Running, shop: Shop, rounds: int = 20) -> None:
    for _ in range(rounds):
        if not await deliver_due(orders.service.store, shop):
            return
    raise AssertionError("there is no end of deliveries")


async def the_log(orders: Running, **query: str) -> list[dict[str, Any]]:
    reply = await orders.http.get("/v1/webhook-deliveries", params=query)
    assert reply.status_code == 200, reply.text
    return reply.json()["items"]  # type: ignore[no-any-return]


async def read_endpoint(orders: Running, endpoint_id: str) -> dict[str, Any]:
    return (await orders.http.get(f"/v1/webhook-endpoints/{endpoint_id}")).json()  # type: ignore[no-any-return]


class TestEndpoints:
    async def test_show_their_secret_once(self, orders: Running) -> None:
        reply = await orders.post("/v1/webhook-endpoints", {"url": URL})
        made = reply.json()

        read = await orders.http.get(reply.headers["Location"])
        listed = await orders.http.get("/v1/webhook-endpoints")

        assert reply.status_code == 201
        assert made["secret"].startswith("whsec_")
        assert made["endpoint"]["public_key"].startswith("whpk_")
        assert read.json() == made["endpoint"]
        assert listed.json()["items"] == [made["endpoint"]]
        assert "whsk_" not in reply.text + read.text + listed.text
        assert made["secret"] not in read.text + listed.text

    @pytest.mark.parametrize(
        "url", ["http://shop.example/", "https://10.0.0.1/", "https://u:p@shop.example/", "x"]
    )
    async def test_are_public_https_only(self, orders: Running, url: str) -> None:
        reply = await orders.post("/v1/webhook-endpoints", {"url": url})

        assert (reply.status_code, reply.json()["code"]) == (422, "webhook-url-refused")

    async def test_are_ten_at_most(self, orders: Running) -> None:
        for _ in range(10):
            await endpoint(orders)

        reply = await orders.post("/v1/webhook-endpoints", {"url": URL})

        assert (reply.status_code, reply.json()["code"]) == (409, "orders.too-many-endpoints")

    async def test_and_their_deliveries_are_not_there_for_another_member(
        self, orders: Running, shop: Shop
    ) -> None:
        mine = await endpoint(orders)
        await an_order(orders)
        [delivery] = await the_log(orders)
        other = orders.office.headers(
            "orders:read", "orders:write", member_id=derived_id("mbr", "cn-hgh", "other")
        )
        path, message = f"/v1/webhook-endpoints/{mine['id']}", delivery["id"]

        refused = [
            await orders.http.get(path, headers=other),
            await orders.http.delete(path, headers=other),
            await orders.post(f"{path}/rotate", headers=other),
            await orders.post(f"{path}/enable", headers=other),
            await orders.post(f"{path}/replay", {"since": NOON.isoformat()}, headers=other),
            await orders.http.get(f"/v1/webhook-deliveries/{message}", headers=other),
            await orders.post(f"/v1/webhook-deliveries/{message}/replay", headers=other),
        ]
        listed = [
            await orders.http.get("/v1/webhook-endpoints", headers=other),
            await orders.http.get("/v1/webhook-deliveries", headers=other),
        ]

        assert [reply.status_code for reply in refused] == [404] * 7
        assert [reply.json()["items"] for reply in listed] == [[], []]

    async def test_are_told_nothing_once_removed(self, orders: Running, shop: Shop) -> None:
        made = await endpoint(orders)
        await an_order(orders)

        reply = await orders.http.delete(f"/v1/webhook-endpoints/{made['id']}")
        await an_order(orders, "A002")
        await deliver_all(orders, shop)

        assert (reply.status_code, reply.content) == (204, b"")
        assert shop.got == []
        assert await the_log(orders) == []

    async def test_need_a_writing_scope(self, orders: Running) -> None:
        reply = await orders.post(
            "/v1/webhook-endpoints", {"url": URL}, headers=orders.office.headers("orders:read")
        )

        assert (reply.status_code, reply.json()["scope"]) == (403, "orders:write")


class TestMessages:
    async def test_tell_the_marketplace_of_every_entry_in_order(
        self, orders: Running, shop: Shop
    ) -> None:
        made = await endpoint(orders)
        order = await an_order(orders)
        await orders.hear(captured(order["id"], order["order_no"]))
        await orders.hear(booked(order["id"], order["order_no"]), origin="my-kul", times=2)

        await deliver_all(orders, shop)

        assert [body["type"] for _, _, body in shop.got] == [
            "order.order-placed",
            "order.payment-captured",
            "order.parcel-booked",
        ]
        assert [body["data"]["state"] for _, _, body in shop.got] == ["placed", "paid", "packed"]
        assert shop.sequences == [1, 2, 3]
        assert {body["data"]["order_id"] for _, _, body in shop.got} == {order["id"]}
        log = await the_log(orders, endpoint_id=made["id"])
        assert [delivery["state"] for delivery in log] == ["delivered"] * 3
        assert [delivery["id"] for delivery in log] == shop.ids
        assert log[0]["attempts"][0]["status"] == 204

    async def test_carry_nothing_personal(self, orders: Running, shop: Shop) -> None:
        await endpoint(orders)
        order = await an_order(orders)
        await orders.hear(captured(order["id"], order["order_no"]))

        await deliver_all(orders, shop)

        text = json.dumps(shop.got, ensure_ascii=False)
        assert len(shop.got) == 2
        assert not any(datum in text for datum in PERSONAL)

    async def test_are_for_the_marketplace_that_placed_the_order(
        self, orders: Running, shop: Shop
    ) -> None:
        await endpoint(orders)
        other = orders.office.headers(
            "orders:write", member_id=derived_id("mbr", "cn-hgh", "other")
        )
        await orders.post("/v1/orders", an_order_body(), headers=other)

        await deliver_all(orders, shop)

        assert shop.got == []

    async def test_are_said_at_the_buyers_hub_only(self, sellers_hub: Running) -> None:
        """A seller that has an order's marketplace id as its own does not exist."""
        await an_incoming_order(sellers_hub)

        assert await the_log(sellers_hub) == []

    async def test_come_to_a_real_receiver_signed_with_both_keys(self, orders: Running) -> None:
        async with receiving() as receiver:
            made = await endpoint(orders, receiver.url)
            await an_order(orders)
            async with WebhookSender(loopback_allowed=True) as sender:
                await deliver_due(orders.service.store, sender.send)

        [request] = receiver.received
        v1a, v1 = request.headers["webhook-signature"].split(" ")
        expected = Webhook(made["secret"]).sign(
            request.headers["webhook-id"], orders.clock.now(), request.body.decode()
        )
        assert v1 == expected
        assert v1a.startswith("v1a,")

    async def test_are_signed_with_the_old_secret_too_for_a_day_after_its_rotation(
        self, orders: Running, shop: Shop
    ) -> None:
        made = await endpoint(orders)
        rotated = (await orders.post(f"/v1/webhook-endpoints/{made['id']}/rotate")).json()
        await an_order(orders, "soon")
        await deliver_all(orders, shop)
        later(orders, timedelta(hours=24))
        await an_order(orders, "later")
        await deliver_all(orders, shop)

        soon, after = (headers["webhook-signature"].split(" ") for _, headers, _ in shop.got)
        assert rotated["secret"] != made["secret"]
        assert [one.split(",")[0] for one in soon] == ["v1a", "v1", "v1"]
        assert [one.split(",")[0] for one in after] == ["v1a", "v1"]


class TestRetries:
    async def test_follow_the_table_and_end(self, orders: Running, shop: Shop) -> None:
        await endpoint(orders)
        await an_order(orders)
        shop.answer = lambda url: 500

        for wait in RETRY_AFTER:
            await deliver_all(orders, shop)
            [delivery] = await the_log(orders, state="retrying")
            assert delivery["due_at"] == _wire(orders.clock.now() + wait)
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
        await deliver_all(orders, shop)

        later(orders, RETRY_AFTER[0])
        await deliver_all(orders, shop)

        told = [
            (body["data"]["order_id"], sequence)
            for (_, _, body), sequence in zip(shop.got, shop.sequences, strict=True)
        ]
        assert told == [(order["id"], 1), (other["id"], 1), (order["id"], 1), (order["id"], 2)]

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
        assert (still["disabled_for"], still["failing_since"]) == (None, _wire(NOON))
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

        early = await orders.post(f"{path}/replay", since)
        enabled = await orders.post(f"{path}/enable")
        too_late = await orders.post(f"{path}/replay", {"since": "2026-09-01T12:00:01Z"})
        replayed = await orders.post(f"{path}/replay", since)
        await deliver_all(orders, shop)

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
        kept = await the_log(orders)
        later(orders, timedelta(seconds=1))
        async with orders.service.store.transaction() as tx:
            await forget_deliveries(tx)

        assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 1, None)
        assert (len(kept), await the_log(orders)) == (3, [])


class TestLoop:
    async def test_delivers_for_as_long_as_the_service_runs(self, orders: Running) -> None:
        failing = iter([True])

        def once(request: Received) -> bytes:
            return status(500) if next(failing, False) else status(204)

        async with receiving() as receiver:
            receiver.answer = once
            made = await endpoint(orders, receiver.url)
            loop = delivering(orders.service.store, lambda: WebhookSender(loopback_allowed=True))
            task = asyncio.create_task(loop())
            await an_order(orders)
            async with asyncio.timeout(ANSWERED_IN_TIME_S):
                while not await the_log(orders, state="retrying"):
                    await asyncio.sleep(0.05)
                later(orders, RETRY_AFTER[0])
                while not await the_log(orders, state="delivered"):
                    await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        assert len(receiver.received) == 2
        assert (await read_endpoint(orders, made["id"]))["failing_since"] is None

    async def test_is_part_of_the_service(self, orders: Running) -> None:
        assert len(orders.service.loops) == 1
        assert len(orders.service.timers) == 1


class TestSettings:
    def test_let_webhooks_reach_this_machine_in_the_test_profile_only(self) -> None:
        values: dict[str, Any] = {"hub": "cn-hgh", "database_url": "sqlite+aiosqlite:///x"}

        OrdersSettings(**values, profile="test", webhook_loopback_allowed=True)
        with pytest.raises(ValueError, match="test profile only"):
            OrdersSettings(**values, profile="live", webhook_loopback_allowed=True)


def _wire(moment: Any) -> str:
    return str(moment.isoformat()).replace("+00:00", "Z")
