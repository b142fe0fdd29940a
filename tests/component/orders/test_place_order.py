"""Taking orders in: what is kept, what is said, what is refused."""

from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from services.orders.store.tables import orders as orders_table
from shared.contracts.orders.events import OrderPlaced
from shared.kernel.ids import derived_id
from tests.builders.orders import (
    PERSONAL,
    SELLER,
    a_line_body,
    an_order_body,
    money,
)
from tests.builders.running import Running

SCOPES = ("orders:read", "orders:write")


def marketplace(orders: Running, name: str = "tasik") -> dict[str, str]:
    """Headers of a marketplace's client."""
    member = derived_id("mbr", orders.hub, name)
    return orders.office.headers(*SCOPES, member_id=member)


async def placed(orders: Running, **changes: Any) -> dict[str, Any]:
    reply = await orders.post("/v1/orders", an_order_body(**changes), headers=marketplace(orders))
    assert reply.status_code == 201, reply.text
    return reply.json()  # type: ignore[no-any-return]


async def count_of_orders(orders: Running) -> int:
    async with orders.service.store.database.reading() as connection:
        count = await connection.scalar(select(func.count()).select_from(orders_table))
    return int(count or 0)


class TestPlaceOrder:
    async def test_keeps_the_order_and_tells_the_sellers_hub(self, orders: Running) -> None:
        order = await placed(orders)

        read = await orders.http.get(f"/v1/orders/{order['id']}", headers=marketplace(orders))
        [envelope] = await orders.envelopes()
        [event] = await orders.said(OrderPlaced)

        assert read.json() == order
        assert (order["state"], order["version"]) == ("placed", 1)
        assert order["buyer"]["id_number"] == PERSONAL[0]
        assert (envelope.audience, envelope.subject) == ("my-kul", order["id"])
        assert envelope.sequence == 1
        assert (event.order_id, event.paid.amount_minor) == (order["id"], 7_637)
        assert event.buyer_phone == PERSONAL[2]

    async def test_names_its_own_hub_as_audience_of_an_order_sold_at_home(
        self, orders: Running
    ) -> None:
        """A blank audience would show the order to every peer."""
        seller = derived_id("mbr", "cn-hgh", "hangzhou stands")

        await placed(orders, seller_hub="cn-hgh", seller_id=seller)

        assert [e.audience for e in await orders.envelopes()] == ["cn-hgh"]

    async def test_answers_a_repeat_with_the_same_reply_and_refuses_the_number_under_a_new_key(
        self, orders: Running
    ) -> None:
        headers = {**marketplace(orders), "Idempotency-Key": "A-071"}
        first = await orders.post("/v1/orders", an_order_body(), headers=headers)
        second = await orders.post("/v1/orders", an_order_body(), headers=headers)
        third = await orders.post("/v1/orders", an_order_body(), headers=marketplace(orders))

        assert (first.status_code, second.status_code) == (201, 201)
        assert second.content == first.content
        assert third.status_code == 409
        assert third.json()["code"] == "orders.order-exists"
        assert third.json()["customs_code"] == "-301010"
        assert await count_of_orders(orders) == 1
        assert len(await orders.said(OrderPlaced)) == 1

    async def test_lets_another_platform_use_the_same_number(self, orders: Running) -> None:
        await placed(orders)
        await placed(orders, platform_code="OTHER")

        assert await count_of_orders(orders) == 2

    @pytest.mark.parametrize(
        ("changes", "code", "field"),
        [
            ({"paid": money(7_636)}, "orders.amounts-do-not-add-up", "paid"),
            ({"seller_hub": "sg-sin"}, "orders.seller-hub-unknown", "seller_hub"),
            ({"lines": [a_line_body(gtin="9556000000011")]}, "code-invalid", "lines[0].gtin"),
            ({"lines": [a_line_body(hs_code="210112")]}, "code-invalid", "lines[0].hs_code"),
            (
                {"lines": [a_line_body(description="gift")]},
                "orders.description-vague",
                "lines[0].description",
            ),
            (
                {"buyer": {**an_order_body()["buyer"], "id_number": "330106190001010018"}},
                "code-invalid",
                "buyer.id_number",
            ),
        ],
    )
    async def test_refuses_what_is_wrong_by_code_and_field(
        self, orders: Running, changes: dict[str, Any], code: str, field: str
    ) -> None:
        reply = await orders.post(
            "/v1/orders", an_order_body(**changes), headers=marketplace(orders)
        )

        assert (reply.status_code, reply.json()["code"]) == (422, code)
        assert reply.json()["field"] == field
        assert (await count_of_orders(orders), await orders.envelopes()) == (0, [])

    async def test_is_for_marketplaces_only(self, orders: Running) -> None:
        reply = await orders.post(
            "/v1/orders", an_order_body(), headers=orders.office.headers("orders:read")
        )

        assert (reply.status_code, reply.json()["scope"]) == (403, "orders:write")


class TestPersonalData:
    async def test_is_shown_to_the_marketplace_that_placed_the_order_and_to_nobody_else(
        self, orders: Running
    ) -> None:
        seller = derived_id("mbr", "cn-hgh", "hangzhou stands")
        order = await placed(orders, seller_hub="cn-hgh", seller_id=seller)
        path = f"/v1/orders/{order['id']}"

        views = {
            "seller": await orders.http.get(
                path, headers=orders.office.headers("orders:read", member_id=seller)
            ),
            "operator": await orders.http.get(path),
            "timeline": await orders.http.get(f"{path}/timeline"),
        }

        for reader, view in views.items():
            assert view.status_code == 200, reader
            assert "buyer" not in view.json() or view.json()["buyer"] is None, reader
            assert not any(datum in view.text for datum in PERSONAL), reader

    async def test_is_not_repeated_in_refusals_nor_logged(
        self, orders: Running, capsys: pytest.CaptureFixture[str]
    ) -> None:
        wrong = {**an_order_body()["buyer"], "id_number": "330106190001010018"}

        await placed(orders)
        reply = await orders.post(
            "/v1/orders", an_order_body(buyer=wrong, order_no="B"), headers=marketplace(orders)
        )
        malformed = await orders.post(
            "/v1/orders", an_order_body(buyer={**wrong, "extra": 1}), headers=marketplace(orders)
        )
        written = "".join(capsys.readouterr())

        for text in (reply.text, malformed.text, written):
            assert not any(datum in text for datum in (*PERSONAL, "330106190001010018"))


class TestPlaceManyOrders:
    async def test_takes_each_on_its_own(self, orders: Running) -> None:
        await placed(orders, order_no="known")
        bodies = [
            an_order_body(order_no="first"),
            an_order_body(order_no="wrong", paid=money(1)),
            an_order_body(order_no="known"),
            an_order_body(order_no="last"),
        ]

        reply = await orders.post(
            "/v1/orders/bulk", {"orders": bodies}, headers=marketplace(orders)
        )

        results = reply.json()["results"]
        assert reply.status_code == 200
        assert reply.json()["placed"] == 2
        assert [result["index"] for result in results] == [0, 1, 2, 3]
        assert [(result["problem"] or {}).get("code") for result in results] == [
            None,
            "orders.amounts-do-not-add-up",
            "orders.order-exists",
            None,
        ]
        assert results[2]["problem"]["customs_code"] == "-301010"
        said = [event.order_no for event in await orders.said(OrderPlaced)]
        assert said == ["known", "first", "last"]
        for result in (results[0], results[3]):
            read = await orders.http.get(f"/v1/orders/{result['order_id']}")
            assert read.json()["order_no"] == result["order_no"]

    async def test_takes_five_hundred_and_no_more(self, orders: Running) -> None:
        bodies = [an_order_body(order_no=f"N{number:03}") for number in range(501)]

        full = await orders.post(
            "/v1/orders/bulk", {"orders": bodies[:500]}, headers=marketplace(orders)
        )
        over = await orders.post("/v1/orders/bulk", {"orders": bodies}, headers=marketplace(orders))

        assert (full.status_code, full.json()["placed"]) == (200, 500)
        assert (over.status_code, over.json()["code"]) == (422, "request-invalid")


class TestReadOrders:
    async def test_are_not_there_for_another_tenant(self, orders: Running) -> None:
        order = await placed(orders)
        other = marketplace(orders, "other")
        path = f"/v1/orders/{order['id']}"

        refused = [
            await orders.http.get(path, headers=other),
            await orders.http.get(f"{path}/timeline", headers=other),
            await orders.post(f"{path}/cancel", {"reason": "other"}, headers=other),
        ]
        listed = await orders.http.get("/v1/orders", headers=other)

        codes = [(reply.status_code, reply.json()["code"]) for reply in refused]
        assert codes == [(404, "orders.order-not-found")] * 3
        assert listed.json() == {"items": [], "next_cursor": None}

    async def test_page_by_cursor_and_filter_by_state_and_number(self, orders: Running) -> None:
        ids = [(await placed(orders, order_no=f"N{n}"))["id"] for n in range(5)]
        await orders.post(f"/v1/orders/{ids[0]}/cancel", {"reason": "other"})

        async def listed(**query: Any) -> list[str]:
            found, cursor = [], None
            while True:
                params = {"limit": 2, **query} | ({"cursor": cursor} if cursor else {})
                reply: httpx.Response = await orders.http.get(
                    "/v1/orders", params=params, headers=marketplace(orders)
                )
                found += [order["id"] for order in reply.json()["items"]]
                cursor = reply.json()["next_cursor"]
                if cursor is None:
                    return found

        assert await listed() == ids
        assert await listed(state="cancelled") == ids[:1]
        assert await listed(state="placed") == ids[1:]
        assert await listed(order_no="N3") == ids[3:4]

    async def test_have_an_etag_that_changes_with_the_state(self, orders: Running) -> None:
        order = await placed(orders)
        path = f"/v1/orders/{order['id']}"
        before = (await orders.http.get(path)).headers["ETag"]

        same = await orders.http.get(path, headers={"If-None-Match": before})
        cancelled = await orders.post(
            f"{path}/cancel", {"reason": "other"}, headers={"If-Match": before}
        )
        after = await orders.http.get(path, headers={"If-None-Match": before})

        assert (same.status_code, same.content) == (304, b"")
        assert cancelled.status_code == 200, cancelled.text
        assert (after.status_code, after.headers["ETag"]) == (200, '"2"')
        assert after.json()["seller_id"] == SELLER
