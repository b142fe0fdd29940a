"""What is refused inside a transaction leaves nothing behind, and the rest goes on."""

import pytest

from services.orders.store.tx import OrdersTx
from shared.contracts.orders.events import OrderCancelled
from tests.builders.orders import an_order
from tests.builders.running import Running


async def add_and_say(tx: OrdersTx, name: str) -> None:
    order = an_order(name)
    await tx.orders.add(order)
    event = OrderCancelled(order_id=order.id, order_no=order.order_no, reason="other")
    await tx.emit(event, key=order.id)


async def add_and_fail(tx: OrdersTx, name: str) -> None:
    async with tx.attempt():
        await add_and_say(tx, name)
        raise LookupError


class TestAttempt:
    async def test_takes_back_what_was_written_and_said(self, orders: Running) -> None:
        async with orders.service.store.transaction() as tx:
            await add_and_say(tx, "before")
            with pytest.raises(LookupError):
                await add_and_fail(tx, "refused")
            async with tx.attempt():
                await add_and_say(tx, "after")

        listed = (await orders.http.get("/v1/orders")).json()["items"]
        kept = {an_order(name).order_no for name in ("before", "after")}
        assert {item["order_no"] for item in listed} == kept
        assert {event.order_no for event in await orders.said(OrderCancelled)} == kept
