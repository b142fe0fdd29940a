"""Correcting an order: before it is packed, without changing what it costs, at both hubs."""

from typing import Any

import pytest

from shared.contracts.event import MoneyWords
from shared.contracts.orders.events import OrderAmended, OrderLine
from shared.kernel.ids import derived_id
from tests.builders.orders import (
    BUYER_TOKEN,
    PERSONAL,
    a_line_body,
    an_order,
    an_order_body,
    money,
    order_placed,
)
from tests.builders.running import Running
from tests.component.orders.test_cancel_order import LED_TO, an_order_in
from tests.component.orders.test_timeline import booked

NEW_LINE = a_line_body(hs_code="2101129000", description="instant white coffee without sugar")


async def amended(orders: Running, order: dict[str, Any], **changes: Any) -> Any:
    return await orders.post(f"/v1/orders/{order['id']}/amend", changes)


def order_amended(amendment: int, **changes: Any) -> OrderAmended:
    """OrderAmended as the e-road brings it: the whole order without the person."""
    words = order_placed().model_dump()
    words |= {"amendment": amendment, "amended_at": an_order().placed_at}
    return OrderAmended.model_validate(words | changes)


class TestAmendOrder:
    @pytest.mark.parametrize("state", ["placed", "paid"])
    async def test_says_the_whole_order_again(self, orders: Running, state: str) -> None:
        order = await an_order_in(orders, state)

        reply = await amended(orders, order, lines=[NEW_LINE], phone="13800000002")

        read = (await orders.http.get(f"/v1/orders/{order['id']}")).json()
        [event] = await orders.said(OrderAmended)
        envelope = (await orders.envelopes())[-1]
        assert (reply.status_code, reply.json()["amendment"]) == (200, 1)
        assert reply.headers["ETag"] == f'"{order["version"] + 1}"'
        assert read["lines"][0]["hs_code"] == "2101129000"
        assert read["buyer"]["phone"] == "13800000002"
        assert read["buyer"]["address"] == PERSONAL[3]
        assert (event.amendment, event.buyer_phone) == (1, "13800000002")
        assert event.lines[0].hs_code == "2101129000"
        assert event.paid == MoneyWords(amount_minor=7_637, currency="CNY")
        assert (envelope.audience, envelope.sequence) == ("my-kul", order["version"] + 1)

    async def test_stands_in_the_timeline_without_anything_personal(self, orders: Running) -> None:
        order = await an_order_in(orders, "placed")
        await amended(orders, order, phone="13800000002", address="2 Wensan Road, Hangzhou")

        timeline = await orders.http.get(f"/v1/orders/{order['id']}/timeline")

        entry = timeline.json()["items"][-1]
        assert entry["kind"] == "order-amended"
        assert entry["detail"] == {"amendment": "1", "changed": "phone address"}

    @pytest.mark.parametrize("state", sorted(LED_TO.keys() - {"placed", "paid"}))
    async def test_refuses_once_it_is_packed(self, orders: Running, state: str) -> None:
        order = await an_order_in(orders, state)

        reply = await amended(orders, order, phone="13800000002")

        assert (reply.status_code, reply.json()["code"]) == (409, "orders.not-amendable")
        assert reply.json()["state"] == state
        assert await orders.said(OrderAmended) == []

    async def test_refuses_a_cancelled_one(self, orders: Running) -> None:
        order = await an_order_in(orders, "placed")
        await orders.post(f"/v1/orders/{order['id']}/cancel", {"reason": "other"})

        reply = await amended(orders, order, phone="13800000002")

        assert (reply.status_code, reply.json()["state"]) == (409, "cancelled")

    @pytest.mark.parametrize(
        ("changes", "code", "field"),
        [
            (
                {"lines": [a_line_body(quantity=2, total_price=money(11_600))]},
                "orders.amounts-do-not-add-up",
                "goods",
            ),
            (
                {"lines": [a_line_body(description="gift")]},
                "orders.description-vague",
                "lines[0].description",
            ),
            ({"lines": [a_line_body()]}, "orders.nothing-amended", None),
            ({}, "orders.nothing-amended", None),
        ],
    )
    async def test_refuses_what_an_order_could_not_have(
        self, orders: Running, changes: dict[str, Any], code: str, field: str | None
    ) -> None:
        order = await an_order_in(orders, "placed")

        reply = await amended(orders, order, **changes)

        assert (reply.status_code, reply.json()["code"]) == (422, code)
        assert reply.json().get("field") == field
        assert await orders.said(OrderAmended) == []

    async def test_refuses_a_caller_who_read_an_older_version_or_did_not_place_it(
        self, orders: Running
    ) -> None:
        order = await an_order_in(orders, "paid")
        path, body = f"/v1/orders/{order['id']}/amend", {"phone": "13800000002"}
        other = orders.office.headers("orders:write", member_id=derived_id("mbr", "cn-hgh", "x"))

        stale = await orders.post(path, body, headers={"If-Match": '"1"'})
        foreign = await orders.post(path, body, headers=other)

        assert (stale.status_code, stale.json()["code"]) == (409, "orders.order-changed")
        assert (foreign.status_code, foreign.json()["code"]) == (404, "orders.order-not-found")


class TestReplicaOfAnAmendedOrder:
    async def shown(self, sellers_hub: Running) -> dict[str, Any]:
        reply = await sellers_hub.http.get(f"/v1/orders/{an_order().id}")
        return reply.json()  # type: ignore[no-any-return]

    def lines(self, hs_code: str) -> tuple[OrderLine, ...]:
        return (OrderLine.model_validate(a_line_body(hs_code=hs_code)),)

    async def test_has_the_new_lines_though_told_twice(self, sellers_hub: Running) -> None:
        order = an_order()
        await sellers_hub.hear(order_placed(), key=order.id, origin="cn-hgh")
        event = order_amended(1, lines=self.lines("2101129000"))
        await sellers_hub.hear(event, key=order.id, origin="cn-hgh", times=2)

        shown = await self.shown(sellers_hub)

        assert (shown["amendment"], shown["lines"][0]["hs_code"]) == (1, "2101129000")
        assert shown["buyer_token"] == BUYER_TOKEN
        assert await sellers_hub.quarantined() == []

    async def test_keeps_the_latest_when_they_come_backwards(self, sellers_hub: Running) -> None:
        order = an_order()
        second = order_amended(2, lines=self.lines("2101200000"))
        first = order_amended(1, lines=self.lines("2101129000"))
        for event in (booked(order.id, order.order_no), second, first, order_placed()):
            origin = None if event.service() == "logistics" else "cn-hgh"
            await sellers_hub.hear(event, key=order.id, origin=origin)

        shown = await self.shown(sellers_hub)

        assert (shown["amendment"], shown["lines"][0]["hs_code"]) == (2, "2101200000")
        assert shown["state"] == "packed"
        assert await sellers_hub.quarantined() == []

    async def test_is_corrected_by_its_buyers_hub_alone(self, sellers_hub: Running) -> None:
        await sellers_hub.hear(order_placed(), origin="cn-hgh")
        await sellers_hub.hear(order_amended(1, buyer_hub="sg-sin"), origin="cn-hgh")

        assert (await self.shown(sellers_hub))["amendment"] == 0
        [(reason, _)] = await sellers_hub.quarantined()
        assert reason == "orders.not-their-order"


class TestSearch:
    async def found(self, orders: Running, **params: Any) -> list[str]:
        page = await orders.http.get("/v1/orders", params=params)
        assert page.status_code == 200, page.text
        return [item["order_no"] for item in page.json()["items"]]

    async def test_finds_orders_by_words_of_their_goods(self, orders: Running) -> None:
        pillow = a_line_body(
            sku="KV-PIL", hs_code="9404909000", description="Latex pillow 100%", gtin=None
        )
        await orders.post("/v1/orders", an_order_body(order_no="A-1"))
        await orders.post("/v1/orders", an_order_body(order_no="A-2", lines=[pillow]))

        assert await self.found(orders, q="PILLOW latex") == ["A-2"]
        assert await self.found(orders, q="coffee pillow") == []
        assert await self.found(orders, q="100%") == ["A-2"]
        assert await self.found(orders, q="1_0") == []
        assert await self.found(orders, q="9556000000010") == ["A-1"]
        assert await self.found(orders, q=" ") == ["A-1", "A-2"]

    async def test_finds_by_parcel_seller_state_and_time(self, orders: Running) -> None:
        order = (await orders.post("/v1/orders", an_order_body())).json()
        await orders.hear(booked(order["id"], order["order_no"]), origin="my-kul")
        number = order["order_no"]
        parcel = (await orders.http.get(f"/v1/orders/{order['id']}")).json()["parcels"][0]

        assert await self.found(orders, q=parcel["logistics_no"]) == [number]
        assert await self.found(orders, seller_id=order["seller_id"]) == [number]
        assert await self.found(orders, seller_id=derived_id("mbr", "my-kul", "x")) == []
        assert await self.found(orders, state="packed") == [number]
        assert await self.found(orders, placed_from="2026-09-01T12:00:00Z") == [number]
        assert await self.found(orders, placed_until="2026-09-01T12:00:00Z") == []

    async def test_never_finds_by_the_buyer(self, orders: Running) -> None:
        await orders.post("/v1/orders", an_order_body())

        for personal in PERSONAL:
            assert await self.found(orders, q=personal) == []

    async def test_refuses_too_many_words(self, orders: Running) -> None:
        reply = await orders.http.get("/v1/orders", params={"q": "a b c d e f g h i"})

        assert (reply.status_code, reply.json()["code"]) == (422, "orders.search-too-long")
