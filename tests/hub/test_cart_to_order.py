"""A marketplace prices a cart from its catalogue at real customs, and orders just that."""

import pytest

from tests.builders.hubs import Mesh
from tests.builders.journey import ABROAD, Journey

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("journeys")]

COFFEE = {
    "sku": "KV-3IN1-15",
    "gtin": "9556000000010",
    "description": "Kinta Valley 3-in-1 white coffee, 15 sachets of 38 g",
    "codes": {"CN": "2101120000"},
    "origin": "MY",
    "unit_price": {"amount_minor": 5_800, "currency": "CNY"},
    "net_weight_g": 570,
}


class TestCartToOrder:
    async def test_costs_what_customs_will_charge(self, mesh: Mesh) -> None:
        """B of the scenario: 2 x 58.00 + 16.00; 9.1 % of 132.00 is 12.01 of tax."""
        journey = Journey(mesh, name="cart")
        await journey.cast.register()
        marketplace = journey.cast.marketplace
        await marketplace.post("/orders/v1/items", COFFEE)

        cart = await marketplace.post(
            "/orders/v1/carts/price",
            {
                "channel": "9610",
                "currency": "CNY",
                "lines": [{"sku": COFFEE["sku"], "quantity": 2}],
                "freight_minor": 1_600,
            },
        )

        assert (cart["tax"]["amount_minor"], cart["paid"]["amount_minor"]) == (1_201, 14_401)
        assert cart["landed_cost"]["destination"] == ABROAD[:2].upper()
        assert cart["landed_cost"]["findings"] == []
        assert all(charge["basis"] for charge in cart["landed_cost"]["charges"])
