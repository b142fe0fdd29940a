"""Calling an order off: while nothing has left, and said to the seller's hub."""

from typing import Any

import pytest

from shared.contracts.orders.events import OrderCancelled
from tests.builders.orders import an_order_body
from tests.builders.running import Running
from tests.component.orders.test_timeline import (
    booked,
    captured,
    delivered,
    departed,
    released,
    sent_back,
)

LED_TO: dict[str, tuple[Any, ...]] = {
    "placed": (),
    "paid": (captured,),
    "packed": (captured, booked),
    "shipped": (captured, booked, departed),
    "cleared": (captured, booked, departed, released),
    "delivered": (captured, booked, departed, released, delivered),
    "returned": (captured, booked, departed, sent_back),
}
"""What leads to each state."""
SELLERS = (booked, departed)


async def an_order_in(orders: Running, state: str) -> dict[str, Any]:
    order = (await orders.post("/v1/orders", an_order_body())).json()
    for said in LED_TO[state]:
        origin = "my-kul" if said in SELLERS else None
        await orders.hear(said(order["id"], order["order_no"]), origin=origin)
    read = (await orders.http.get(f"/v1/orders/{order['id']}")).json()
    assert read["state"] == state
    return read  # type: ignore[no-any-return]


class TestCancelOrder:
    @pytest.mark.parametrize("state", ["placed", "paid", "packed"])
    async def test_calls_it_off_while_nothing_has_left(self, orders: Running, state: str) -> None:
        order = await an_order_in(orders, state)

        reply = await orders.post(f"/v1/orders/{order['id']}/cancel", {"reason": "out-of-stock"})

        [event] = await orders.said(OrderCancelled)
        envelope = (await orders.envelopes())[-1]
        assert (reply.status_code, reply.json()["state"]) == (200, "cancelled")
        assert reply.json()["cancelled_for"] == "out-of-stock"
        assert (event.order_id, event.reason) == (order["id"], "out-of-stock")
        assert (envelope.audience, envelope.sequence) == ("my-kul", order["version"] + 1)
        assert reply.headers["ETag"] == f'"{order["version"] + 1}"'

    @pytest.mark.parametrize("state", ["shipped", "cleared", "delivered", "returned"])
    async def test_refuses_once_it_has_left(self, orders: Running, state: str) -> None:
        order = await an_order_in(orders, state)

        reply = await orders.post(f"/v1/orders/{order['id']}/cancel", {"reason": "other"})

        assert (reply.status_code, reply.json()["code"]) == (409, "orders.not-cancellable")
        assert reply.json()["state"] == state
        assert await orders.said(OrderCancelled) == []

    async def test_refuses_the_second_time(self, orders: Running) -> None:
        order = await an_order_in(orders, "placed")
        path = f"/v1/orders/{order['id']}/cancel"
        await orders.post(path, {"reason": "other"})

        again = await orders.post(path, {"reason": "other"})

        assert (again.status_code, again.json()["state"]) == (409, "cancelled")
        assert len(await orders.said(OrderCancelled)) == 1

    async def test_refuses_a_caller_who_read_an_older_version(self, orders: Running) -> None:
        order = await an_order_in(orders, "paid")
        path = f"/v1/orders/{order['id']}/cancel"

        stale = await orders.post(path, {"reason": "other"}, headers={"If-Match": '"1"'})
        garbled = await orders.post(path, {"reason": "other"}, headers={"If-Match": "1"})

        assert (stale.status_code, stale.json()["code"]) == (409, "orders.order-changed")
        assert (garbled.status_code, garbled.json()["code"]) == (400, "orders.etag-malformed")

    async def test_takes_only_reasons_from_the_list(self, orders: Running) -> None:
        order = await an_order_in(orders, "placed")

        reply = await orders.post(f"/v1/orders/{order['id']}/cancel", {"reason": "Lin Shu rang"})

        assert (reply.status_code, reply.json()["code"]) == (422, "request-invalid")
