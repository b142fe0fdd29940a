"""A marketplace's receiver that tests can question, and what they do with endpoints."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from services.orders.timers import deliver_due
from shared.web.webhooks import Answer
from tests.builders.orders import an_order_body
from tests.builders.running import Running
from tests.builders.tokens import all_scopes

URL = "https://shop.example/hooks"


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


def wire(moment: datetime) -> str:
    return str(moment.isoformat()).replace("+00:00", "Z")
