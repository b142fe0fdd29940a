"""In test mode a member begins anew: its rows are gone, everybody else's are as they were."""

from collections import Counter
from typing import Any

from sqlalchemy import func, select

from services.orders.service import create_service
from services.orders.settings import OrdersSettings
from services.orders.store.tables import metadata
from shared.contracts.orders.events import OrderCancelled, TenantReset
from shared.kernel.ids import derived_id
from tests.builders.orders import CN, MARKETPLACE, MY, an_order_body
from tests.builders.running import Running
from tests.builders.webhooks import Shop, deliver_all, endpoint, the_log
from tests.component.orders.test_catalogue import an_item_body
from tests.component.orders.test_complaints import answered
from tests.component.orders.test_returns import asked, delivered
from tests.component.orders.test_timeline import captured, departed, released

OTHER = derived_id("mbr", CN, "other")
SCOPES = ("orders:read", "orders:write", "orders:answer")
PATH = "/v1/test-reset"
OURS = ("outbox", "position", "inbox", "idempotency", "timeline")
"""Tables that count what the hub did, and the row by which an order is held."""
RECALL = {
    "sku": "KV-3IN1-15",
    "ordered_from": "2026-08-01T00:00:00Z",
    "ordered_until": "2026-10-01T00:00:00Z",
    "hazard": "glass",
    "remedy": "destroy",
}


async def rows(orders: Running) -> Counter[str]:
    """How many rows each table has, those left out that hold nothing of a member's."""
    found: Counter[str] = Counter()
    async with orders.service.store.database.reading() as connection:
        for name, table in metadata.tables.items():
            if name not in OURS:
                found[name] = int(
                    await connection.scalar(select(func.count()).select_from(table)) or 0
                )
    return +found


async def has_traded(orders: Running, headers: dict[str, str]) -> dict[str, Any]:
    """A member with an order that came back and is complained of, an item, a recall, a message."""
    orders.http.headers.update(headers)
    order = await delivered(orders, order_no=f"N-{len(await orders.envelopes())}")
    await asked(orders, order)
    complaint = {
        "order_id": order["id"],
        "about": "charges",
        "claimed": {"amount_minor": 100, "currency": "CNY"},
    }
    for path, body in (
        ("/v1/complaints", complaint),
        ("/v1/items", an_item_body()),
        ("/v1/recalls", RECALL),
    ):
        reply = await orders.post(path, body)
        assert reply.status_code == 201, reply.text
    return order


class TestReset:
    async def test_takes_all_that_a_member_has_and_nothing_of_another(
        self, orders: Running
    ) -> None:
        mine = orders.office.headers(*SCOPES, member_id=MARKETPLACE)
        others = orders.office.headers(*SCOPES, member_id=OTHER)
        orders.http.headers.update(others)
        await endpoint(orders, "https://other.example/hooks")
        theirs = await has_traded(orders, others)
        orders.http.headers.update(mine)
        await endpoint(orders)
        before = await rows(orders)
        order = await has_traded(orders, mine)
        grown = await rows(orders) - before

        reply = await orders.post(PATH)

        left = await rows(orders)
        assert reply.json() == {
            "orders_count": 1,
            "items_count": 1,
            "reset_at": "2026-09-01T12:00:00Z",
        }
        assert left == before
        assert {"orders", "buyer", "timeline_entry", "goods_return", "complaint"} <= grown.keys()
        assert {"item", "recall", "webhook_delivery"} <= grown.keys()
        assert (await orders.http.get(f"/v1/orders/{order['id']}")).status_code == 404
        found = await orders.http.get(f"/v1/orders/{theirs['id']}", headers=others)
        assert found.status_code == 200

    async def test_is_said_for_other_services_of_this_hub(self, orders: Running) -> None:
        mine = orders.office.headers(*SCOPES, member_id=MARKETPLACE)
        await has_traded(orders, mine)

        first = await orders.post(PATH, headers={**mine, "Idempotency-Key": "anew"})
        again = await orders.post(PATH, headers={**mine, "Idempotency-Key": "anew"})

        [said] = await orders.said(TenantReset)
        assert (said.member_id, said.orders_count) == (MARKETPLACE, 1)
        assert not TenantReset.leaves_hub
        assert again.json() == first.json()
        assert await rows(orders) == {"consolidation": 1}

    async def test_cancels_what_has_not_left_and_nothing_else(self, orders: Running) -> None:
        mine = orders.office.headers(*SCOPES, member_id=MARKETPLACE)
        orders.http.headers.update(mine)
        await has_traded(orders, mine)
        open_order = (await orders.post("/v1/orders", an_order_body(order_no="OPEN"))).json()
        await orders.hear(captured(open_order["id"], "OPEN"))

        await orders.post(PATH)

        [said] = await orders.said(OrderCancelled)
        [envelope] = [one for one in await orders.envelopes() if one.type == said.wire_name]
        assert (said.order_id, said.reason) == (open_order["id"], "tenant-reset")
        assert (envelope.subject, envelope.audience) == (open_order["id"], MY)

    async def test_lets_an_order_be_placed_anew_under_its_old_key(self, orders: Running) -> None:
        mine = orders.office.headers(*SCOPES, member_id=MARKETPLACE) | {"Idempotency-Key": "one"}
        first = (await orders.post("/v1/orders", an_order_body(), headers=mine)).json()
        await orders.post(PATH, headers=mine | {"Idempotency-Key": "anew"})

        placed = await orders.post("/v1/orders", an_order_body(), headers=mine)

        assert placed.status_code == 201
        assert placed.json()["id"] != first["id"]

    async def test_leaves_what_is_heard_of_a_lost_order_to_nobody(
        self, orders: Running, shop: Shop
    ) -> None:
        mine = orders.office.headers(*SCOPES, member_id=MARKETPLACE)
        orders.http.headers.update(mine)
        await endpoint(orders)
        order = await has_traded(orders, mine)
        [complaint] = (await orders.http.get("/v1/complaints")).json()["items"]
        await orders.post(PATH)

        await orders.hear(captured(order["id"], order["order_no"]), times=2)
        await orders.hear(departed(order["id"], order["order_no"]), origin=MY)
        await orders.hear(released(order["id"], order["order_no"]))
        await orders.hear(answered(complaint, None), origin=MY)
        await deliver_all(orders, shop)

        assert (shop.got, await the_log(orders)) == ([], [])
        assert await orders.quarantined() == []
        read = await orders.http.get(f"/v1/orders/{order['id']}/timeline")
        assert read.status_code == 404

    async def test_is_nobodys_who_may_not_trade(self, orders: Running) -> None:
        reader = orders.office.headers("orders:read", member_id=MARKETPLACE)

        reply = await orders.post(PATH, headers=reader)

        assert (reply.status_code, reply.json()["scope"]) == (403, "orders:write")

    async def test_is_not_there_in_a_live_hub(self, orders: Running) -> None:
        service = orders.service
        assert isinstance(service.settings, OrdersSettings)
        live = create_service(
            service.settings.model_copy(
                update={"profile": "live", "webhook_loopback_allowed": False}
            ),
            bus=service.bus,
            clock=orders.clock,
        )

        assert PATH not in {getattr(route, "path", "") for route in live.app.routes}
        assert PATH in {getattr(route, "path", "") for route in service.app.routes}
