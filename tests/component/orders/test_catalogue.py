"""The catalogue: classified once, dated, private to its owner; and carts priced from it."""

import json
from datetime import date
from typing import Any

import httpx
import pytest

from services.orders.clients.landed_costs import LandedCosts
from shared.contracts.customs.landed_costs import LandedCostView
from shared.contracts.event import MoneyWords
from shared.kernel.ids import derived_id
from tests.builders.orders import an_order_body, money
from tests.builders.running import Running


def an_item_body(**changes: Any) -> dict[str, Any]:
    return {
        "sku": "KV-3IN1-15",
        "gtin": "9556000000010",
        "description": "instant white coffee, 15 sachets of 38 g",
        "codes": {"CN": "2101120000", "SG": "210112"},
        "origin": "MY",
        "unit_price": money(5_800),
        "net_weight_g": 570,
        **changes,
    }


async def registered(orders: Running, **changes: Any) -> dict[str, Any]:
    reply = await orders.post("/v1/items", an_item_body(**changes))
    assert reply.status_code == 201, reply.text
    return reply.json()  # type: ignore[no-any-return]


async def refusal(orders: Running, **changes: Any) -> tuple[int, str, str | None]:
    reply = await orders.post("/v1/items", an_item_body(**changes))
    return reply.status_code, reply.json()["code"], reply.json().get("field")


class TestRegisterItem:
    async def test_keeps_what_it_was_told_from_today_on(self, orders: Running) -> None:
        item = await registered(orders)

        read = await orders.http.get(f"/v1/items/{item['id']}")

        assert read.json() == item
        assert (item["valid_from"], item["valid_until"]) == ("2026-09-01", None)
        assert item["codes"] == {"CN": "2101120000", "SG": "210112"}

    @pytest.mark.parametrize(
        ("changes", "code", "field"),
        [
            ({"description": "gift"}, "orders.description-vague", "description"),
            ({"description": "auto parts"}, "orders.description-vague", "description"),
            ({"codes": {"CN": "210112"}}, "code-invalid", "codes.CN"),
            ({"gtin": "9556000000011"}, "code-invalid", "gtin"),
            ({"unit_price": money(-1)}, "orders.item-price-negative", "unit_price"),
            ({"unit_price": money(1, "XXX")}, "currency-unknown", "unit_price"),
            ({"codes": {}}, "request-invalid", "codes"),
        ],
    )
    async def test_refuses_what_customs_would(
        self, orders: Running, changes: dict[str, Any], code: str, field: str
    ) -> None:
        assert await refusal(orders, **changes) == (422, code, field)

    async def test_ends_a_version_where_the_next_begins(self, orders: Running) -> None:
        await registered(orders)
        await registered(orders, valid_from="2027-01-01", codes={"CN": "2101130000"})

        async def code_on(day: str) -> list[str]:
            page = await orders.http.get("/v1/items", params={"sku": "KV-3IN1-15", "on": day})
            return [item["codes"]["CN"] for item in page.json()["items"]]

        assert await code_on("2026-08-31") == []
        assert await code_on("2026-12-31") == ["2101120000"]
        assert await code_on("2027-01-01") == ["2101130000"]

    async def test_never_classifies_the_past_anew(self, orders: Running) -> None:
        await registered(orders, valid_from="2026-09-02")

        same = await refusal(orders, valid_from="2026-09-02")
        earlier = await refusal(orders)

        assert same == earlier == (409, "orders.item-version-old", "valid_from")

    async def test_shows_an_item_to_its_owner_alone(self, orders: Running) -> None:
        item = await registered(orders)
        other = orders.office.headers(
            "orders:read", "orders:write", member_id=derived_id("mbr", "cn-hgh", "another")
        )

        read = await orders.http.get(f"/v1/items/{item['id']}", headers=other)
        page = await orders.http.get("/v1/items", headers=other)
        own = await orders.post("/v1/items", an_item_body(), headers=other)

        assert (read.status_code, read.json()["code"]) == (404, "orders.item-not-found")
        assert page.json()["items"] == []
        assert own.status_code == 201


class Customs:
    """A customs that answers 9.1 % of goods and freight, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.fails_with: tuple[int, dict[str, Any]] | None = None

    def attach(self, orders: Running) -> None:
        transport = httpx.MockTransport(self._answer)
        orders.service.app.state.landed_costs = LandedCosts("http://customs", transport=transport)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/landed-costs"
        question = json.loads(request.content)
        self.asked.append(question)
        self.tokens.append(request.headers["Authorization"])
        if self.fails_with is not None:
            status, problem = self.fails_with
            return httpx.Response(status, json=problem)
        goods = sum(line["unit_price_minor"] * line["quantity"] for line in question["lines"])
        dutiable = goods + question["freight_minor"]
        tax = (dutiable * 91 + 500) // 1_000

        def words(minor: int) -> MoneyWords:
            return MoneyWords(amount_minor=minor, currency=question["currency"])

        view = LandedCostView(
            destination=question["destination"],
            channel=question["channel"],
            on=date(2026, 9, 1),
            pack_hash="sha256:00",
            confidence="unverified",
            regime="9610",
            basis=(),
            goods=words(goods),
            dutiable=words(dutiable),
            charges=(),
            tax=words(tax),
            total=words(dutiable + tax),
            findings=(),
        )
        return httpx.Response(200, text=view.model_dump_json())


def a_cart(**changes: Any) -> dict[str, Any]:
    lines = [{"sku": "KV-3IN1-15", "quantity": 2}]
    return {"channel": "9610", "currency": "CNY", "lines": lines, "freight_minor": 1_600, **changes}


class TestPriceCart:
    async def test_is_ready_to_be_ordered_as_it_is(self, orders: Running) -> None:
        """B of the scenario: 2 x 58.00 + 16.00, tax 9.1 % of 132.00 = 12.012."""
        customs = Customs()
        customs.attach(orders)
        await registered(orders)

        cart = (await orders.http.post("/v1/carts/price", json=a_cart())).json()
        placed = await orders.post("/v1/orders", _order_of(cart))

        assert cart["tax"] == money(1_201)
        assert cart["paid"] == money(14_401)
        assert cart["lines"][0]["net_weight_g"] == 1_140
        assert placed.status_code == 201, placed.text
        [question] = customs.asked
        assert (question["destination"], question["lines"][0]["hs_code"]) == ("CN", "2101120000")
        assert customs.tokens == [orders.http.headers["Authorization"]]

    async def test_uses_the_version_in_force_today(self, orders: Running) -> None:
        Customs().attach(orders)
        await registered(orders)
        await registered(orders, valid_from="2026-09-02", unit_price=money(6_000))

        cart = (await orders.http.post("/v1/carts/price", json=a_cart())).json()

        assert cart["goods"] == money(11_600)

    @pytest.mark.parametrize(
        ("lines", "code", "field"),
        [
            ([("KV-PIL", 1)], "orders.item-not-found", "lines[0].sku"),
            ([("KV-3IN1-15", 1)] * 2, "orders.cart-line-repeated", "lines[1].sku"),
            ([("SG-ONLY", 1)], "orders.item-not-classified", "lines[0].sku"),
            ([("IN-MYR", 1)], "orders.item-in-other-currency", "lines[0].sku"),
        ],
    )
    async def test_refuses_what_cannot_be_priced(
        self, orders: Running, lines: list[tuple[str, int]], code: str, field: str
    ) -> None:
        Customs().attach(orders)
        await registered(orders)
        await registered(orders, sku="SG-ONLY", codes={"SG": "210112"})
        await registered(orders, sku="IN-MYR", unit_price=money(100, "MYR"))
        body = a_cart(lines=[{"sku": sku, "quantity": quantity} for sku, quantity in lines])

        reply = await orders.http.post("/v1/carts/price", json=body)

        assert (reply.json()["code"], reply.json()["field"]) == (code, field)

    async def test_says_when_customs_refuses_and_when_it_is_away(self, orders: Running) -> None:
        customs = Customs()
        customs.attach(orders)
        await registered(orders)

        customs.fails_with = (422, {"code": "customs.channel-unknown", "detail": "no channel X"})
        refused = await orders.http.post("/v1/carts/price", json=a_cart(channel="X"))
        customs.fails_with = (503, {"code": "database-unavailable", "detail": "later"})
        away = await orders.http.post("/v1/carts/price", json=a_cart())
        customs.fails_with = (502, {})
        garbled = await orders.http.post("/v1/carts/price", json=a_cart())

        assert (refused.status_code, refused.json()["code"]) == (422, "orders.landed-cost-refused")
        assert refused.json()["customs_code"] == "customs.channel-unknown"
        assert (away.status_code, away.json()["code"]) == (503, "orders.landed-cost-unavailable")
        assert away.headers["Retry-After"]
        assert garbled.status_code == 503


def _order_of(cart: dict[str, Any]) -> dict[str, Any]:
    amounts = {name: cart[name] for name in ("goods", "freight", "tax", "discount", "paid")}
    return an_order_body(lines=cart["lines"], **amounts)
