"""The example shop against the real orders service: sells, is told, and takes goods back."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from deploy.example_shop import Shop, coffee_order
from services.orders.timers import deliver_due
from shared.client import AsyncHub, HubRefused, WebhookForged, asks, read_webhook
from shared.contracts.orders.api import BuyerWords
from shared.contracts.orders.webhooks import OrderMessage
from shared.kernel.ids import derived_id
from shared.web.webhooks import Answer
from tests.builders.orders import CN, MARKETPLACE, MY, PERSONAL, SELLER
from tests.builders.running import Running
from tests.component.orders.test_cancel_order import LED_TO, SELLERS

NAMES = ("id_number", "name", "phone", "address")
BUYER = BuyerWords(**dict(zip(NAMES, PERSONAL, strict=True)))
ORDER = coffee_order("EX-1", seller_id=SELLER, seller_hub=MY, buyer=BUYER)


class Front(httpx.AsyncBaseTransport):
    """A hub's front with its token endpoint and the orders service behind it."""

    def __init__(self, orders: Running) -> None:
        self._app = httpx.ASGITransport(app=orders.service.app)
        self._token = orders.office.token("orders:read", "orders:write", member_id=MARKETPLACE)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/members/v1/oauth/token":
            return httpx.Response(200, json={"access_token": self._token})
        path = request.url.raw_path.removeprefix(b"/orders")
        request.url = request.url.copy_with(raw_path=path)
        return await self._app.handle_async_request(request)


@pytest.fixture
async def shop(orders: Running) -> AsyncIterator[Shop]:
    async with AsyncHub("http://hub", "cli", "secret", transport=Front(orders)) as hub:
        shop = Shop(hub)
        await shop.open("http://127.0.0.1:9999/hooks")
        yield shop


class TestShop:
    async def test_sells_and_is_told_what_becomes_of_it(self, orders: Running, shop: Shop) -> None:
        placed = await shop.sell(ORDER)
        for said in LED_TO["delivered"]:
            origin = MY if said in SELLERS else None
            await orders.hear(said(placed.id, placed.order_no), origin=origin)
        news: list[bool] = []

        async def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
            now = orders.clock.now()
            news.append(shop.on_webhook(headers, body, now=now))
            news.append(shop.on_webhook(headers, body, now=now))
            return Answer(status=200, error="", took_ms=1)

        while await deliver_due(orders.service.store, post):
            pass

        assert shop.states == {placed.id: "delivered"}
        assert news == [True, False] * (len(LED_TO["delivered"]) + 1)

    async def test_takes_goods_back(self, orders: Running, shop: Shop) -> None:
        placed = await shop.sell(ORDER)
        for said in LED_TO["delivered"]:
            origin = MY if said in SELLERS else None
            await orders.hear(said(placed.id, placed.order_no), origin=origin)

        back = await shop.take_back(placed.id)

        assert (back.state, back.order_id) == ("approved", placed.id)

    async def test_hears_why_it_was_refused(self, shop: Shop) -> None:
        await shop.sell(ORDER)

        with pytest.raises(HubRefused) as refused:
            await shop.sell(ORDER)

        assert (refused.value.status, refused.value.code) == (409, "orders.order-exists")
        assert refused.value.problem["customs_code"] == "-301010"

    async def test_walks_its_orders_page_by_page(self, shop: Shop) -> None:
        for number in range(3):
            await shop.sell(ORDER.model_copy(update={"order_no": f"EX-{number}"}))

        found = [order.order_no async for order in shop.hub.each(asks.list_orders(limit="2"))]

        assert found == ["EX-0", "EX-1", "EX-2"]

    async def test_believes_no_forged_and_no_old_message(self, orders: Running, shop: Shop) -> None:
        await shop.sell(ORDER)
        sent: list[tuple[bytes, dict[str, str]]] = []

        async def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
            sent.append((body, headers))
            return Answer(status=200, error="", took_ms=1)

        await deliver_due(orders.service.store, post)
        [(body, headers)] = sent
        now = orders.clock.now()
        bare = {name: text for name, text in headers.items() if name != "webhook-signature"}

        message = read_webhook(headers, body, key=shop.key, now=now)
        assert isinstance(message, OrderMessage)
        assert message.data.order_no == "EX-1"
        for forged_headers, forged_body, moment in (
            (headers, body.replace(b"EX-1", b"EX-2"), now),
            (headers, body, now + timedelta(minutes=6)),
            (bare, body, now),
            ({**headers, "webhook-id": derived_id("whd", CN, "other")}, body, now),
        ):
            with pytest.raises(WebhookForged):
                read_webhook(forged_headers, forged_body, key=shop.key, now=moment)
