"""PostgreSQL shows a member its own rows, also when the code above forgets to ask for them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.orders.api.deps import tenant
from services.orders.service import create_service
from services.orders.settings import OrdersSettings
from services.orders.store.orders import Tenant
from services.orders.store.tables import metadata
from shared.kernel.ids import derived_id
from tests.builders.orders import SELLER, an_order_body
from tests.builders.running import Running, running
from tests.builders.service_role import as_service_role, guarded_tables, rows_seen
from tests.component.orders.test_catalogue import an_item_body
from tests.component.orders.test_operations import asked, read, rows_of, worked

SCOPES = ("orders:read", "orders:write")
STEAL = text("UPDATE orders SET marketplace_id = 'x', seller_id = 'y' WHERE id = :id")
OPERATIONS = ("operation", "operation_line")
OWNED = ("orders", "buyer", "item", "goods_return", "complaint", "recall", *OPERATIONS)


@pytest.fixture
async def orders(unmade_database: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with (
        running(
            create_service, OrdersSettings, database_url=unmade_database, directory=tmp_path
        ) as service,
        as_service_role(service),
    ):
        yield service


def headers(orders: Running, name: str) -> dict[str, str]:
    return orders.office.headers(*SCOPES, member_id=derived_id("mbr", "cn-hgh", name))


async def placed(orders: Running, name: str, order_no: str) -> dict[str, Any]:
    reply = await orders.post(
        "/v1/orders", an_order_body(order_no=order_no), headers=headers(orders, name)
    )
    assert reply.status_code == 201, reply.text
    return reply.json()  # type: ignore[no-any-return]


class TestRowSecurity:
    async def test_guards_every_table_of_a_member(self, orders: Running) -> None:
        guarded = await guarded_tables(orders)

        named = {
            table.name
            for table in metadata.sorted_tables
            if {"marketplace_id", "seller_id", "owner_id"} & set(table.columns.keys())
        }
        assert guarded == set(OWNED)
        assert named | {"buyer", *OPERATIONS} == guarded

    async def test_hides_what_a_forgetful_query_would_show(self, orders: Running) -> None:
        """Here every question is asked for all members, as by a bug in the code above."""
        own = await placed(orders, "tasik", "A-1")
        await placed(orders, "other", "A-2")
        orders.service.app.dependency_overrides[tenant] = lambda: Tenant(member_id=None)

        page = await orders.http.get("/v1/orders", headers=headers(orders, "tasik"))
        stolen = await orders.http.get(f"/v1/orders/{own['id']}", headers=headers(orders, "other"))
        operator = await orders.http.get("/v1/orders")

        assert [one["order_no"] for one in page.json()["items"]] == ["A-1"]
        assert (stolen.status_code, stolen.json()["code"]) == (404, "orders.order-not-found")
        assert [one["order_no"] for one in operator.json()["items"]] == ["A-1", "A-2"]

    async def test_shows_a_buyer_to_the_marketplace_and_not_to_the_seller(
        self, orders: Running
    ) -> None:
        order = await placed(orders, "tasik", "A-1")

        assert await rows_seen(orders, "buyer", order["marketplace_id"]) == 1
        assert await rows_seen(orders, "orders", SELLER) == 1
        assert await rows_seen(orders, "buyer", SELLER) == 0
        assert await rows_seen(orders, "orders", derived_id("mbr", "cn-hgh", "other")) == 0

    async def test_shows_an_operation_to_who_asked(self, orders: Running) -> None:
        rows = await rows_of(orders, 2)
        path = (await asked(orders, rows)).headers["Location"]

        for name, count in (("tasik", 1), ("other", 0)):
            member_id = derived_id("mbr", "cn-hgh", name)
            assert await rows_seen(orders, "operation", member_id) == count
            assert await rows_seen(orders, "operation_line", member_id) == 2 * count
        assert await worked(orders) == 1
        assert (await read(orders, path))["status"] == "succeeded"

    async def test_refuses_to_write_a_row_of_somebody_else(self, orders: Running) -> None:
        order = await placed(orders, "tasik", "A-1")

        async def steal() -> None:
            async with orders.service.store.transaction() as tx:
                await tx.narrow_to(SELLER)
                await tx.connection.execute(STEAL, {"id": order["id"]})

        with pytest.raises(DBAPIError, match="row-level security"):
            await steal()

    async def test_lets_every_deed_of_a_marketplace_through(self, orders: Running) -> None:
        own = headers(orders, "tasik")
        order = await placed(orders, "tasik", "A-1")
        item = await orders.post("/v1/items", an_item_body(), headers=own)
        again = await orders.post("/v1/items", an_item_body(valid_from="2027-01-01"), headers=own)
        bulk = await orders.post(
            "/v1/orders/bulk", {"orders": [an_order_body(order_no="A-2")]}, headers=own
        )
        path = f"/v1/orders/{order['id']}"
        amended = await orders.post(f"{path}/amend", {"phone": "13800000002"}, headers=own)
        cancelled = await orders.post(f"{path}/cancel", {"reason": "other"}, headers=own)

        replies = [item, again, bulk, amended, cancelled]
        assert [reply.status_code for reply in replies] == [201, 201, 200, 200, 200]
        assert bulk.json()["placed"] == 1


async def test_a_reset_takes_a_members_own_rows(orders: Running) -> None:
    mine = await placed(orders, "tasik", "A-1")
    theirs = await placed(orders, "other", "B-1")

    reply = await orders.post("/v1/test-reset", headers=headers(orders, "tasik"))

    assert (reply.status_code, reply.json()["orders_count"]) == (200, 1)
    for order, name, status in ((mine, "tasik", 404), (theirs, "other", 200)):
        path = f"/v1/orders/{order['id']}"
        read = await orders.http.get(path, headers=headers(orders, name))
        assert read.status_code == status
