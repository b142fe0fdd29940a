"""Webhooks: who is told what, signed how, and in which order."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from services.orders.settings import OrdersSettings
from services.orders.timers import deliver_due, delivering
from shared.kernel.ids import derived_id
from shared.web.webhooks import RETRY_AFTER, WebhookSender
from tests.builders.orders import MARKETPLACE, PERSONAL, an_order_body
from tests.builders.receiver import Received, receiving, status
from tests.builders.running import NOON, Running
from tests.builders.webhooks import (
    URL,
    Shop,
    an_order,
    deliver_all,
    endpoint,
    later,
    read_endpoint,
    the_log,
)
from tests.component.orders.test_timeline import (
    an_incoming_order,
    booked,
    captured,
    departed,
    pooled,
)

ANSWERED_IN_TIME_S = 10


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

    async def test_of_what_travels_together_go_to_each_its_own(
        self, orders: Running, shop: Shop
    ) -> None:
        headers = orders.office.headers(
            "orders:read", "orders:write", member_id=derived_id("mbr", "cn-hgh", "other")
        )
        await endpoint(orders)
        await orders.post(
            "/v1/webhook-endpoints", {"url": "https://other.example/"}, headers=headers
        )
        one = await an_order(orders)
        two = (await orders.post("/v1/orders", an_order_body(order_no="B"), headers=headers)).json()
        parcels = tuple(pooled(order["id"], order["order_no"], order["id"]) for order in (one, two))
        left = departed(one["id"], one["order_no"]).model_copy(update={"parcels": parcels})
        await orders.hear(left, origin="my-kul")

        await deliver_all(orders, shop)

        told = {(url, body["data"]["order_id"]) for url, _, body in shop.got}
        assert told == {(URL, one["id"]), ("https://other.example/", two["id"])}
        assert len(shop.got) == 4

    async def test_are_said_at_the_buyers_hub_only(self, sellers_hub: Running) -> None:
        headers = sellers_hub.office.headers("orders:read", "orders:write", member_id=MARKETPLACE)
        await sellers_hub.post("/v1/webhook-endpoints", {"url": URL}, headers=headers)

        await an_incoming_order(sellers_hub)

        log = await sellers_hub.http.get("/v1/webhook-deliveries", headers=headers)
        assert log.json()["items"] == []

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
        loops: Any = orders.service.loops
        names = {loop.__qualname__.partition(".")[0] for loop in loops}
        assert names == {"delivering", "operating"}
        assert len(orders.service.timers) == 5


class TestSettings:
    def test_let_webhooks_reach_this_machine_in_the_test_profile_only(self) -> None:
        values: dict[str, Any] = {"hub": "cn-hgh", "database_url": "sqlite+aiosqlite:///x"}

        OrdersSettings(**values, profile="test", webhook_loopback_allowed=True)
        with pytest.raises(ValueError, match="test profile only"):
            OrdersSettings(**values, profile="live", webhook_loopback_allowed=True)
