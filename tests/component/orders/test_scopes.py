"""Every route of the service needs a scope; none was forgotten."""

import re

from tests.builders.orders import an_order
from tests.builders.running import Running


class TestScopes:
    async def test_guard_every_route(self, orders: Running) -> None:
        headers = {**orders.office.headers("payments:read"), "Idempotency-Key": "k"}
        paths = orders.service.app.openapi()["paths"]
        routes = [
            (method.upper(), path)
            for path, methods in paths.items()
            for method in methods
            if path.startswith(("/v1/orders", "/v1/webhook", "/v1/items", "/v1/carts"))
        ]

        needed = {}
        for method, path in routes:
            real = re.sub(r"\{\w+\}", an_order().id, path)
            reply = await orders.http.request(method, real, headers=headers)
            needed[method, path] = (reply.status_code, reply.json().get("scope"))

        assert len(needed) == 23
        for (method, path), answer in needed.items():
            only_asks = method == "GET" or path == "/v1/carts/price"
            scope = "orders:read" if only_asks else "orders:write"
            assert answer == (403, scope), (method, path)
