"""A buyer thinks again: what was paid goes back, and nobody packs."""

import pytest

from deploy.scenario.hub_client import until
from tests.builders.hubs import Mesh
from tests.builders.journey import ABROAD, HOME, Journey

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("journeys")]


class TestCancelBeforePacking:
    async def test_refunds_the_buyer_and_closes_the_door_to_packing(self, mesh: Mesh) -> None:
        journey = Journey(mesh, name="cancel")
        await journey.ordered_and_paid()
        order = f"/orders/v1/orders/{journey.order.order_id}"

        await journey.cast.marketplace.post(f"{order}/cancel", {"reason": "buyer-request"})
        money = await journey.refunded(76_37)
        told = await journey.timeline(journey.cast.seller, "order-cancelled", "payment-refunded")
        refused = await self._book(journey)

        assert money["escrow"]["amount_minor"] == 0
        assert money["cancelled_reason"] == "buyer-request"
        assert "parcel-booked" not in told
        assert refused == "logistics.order-cancelled"
        assert await journey.books_are_sound() == {HOME: True, ABROAD: True}

    async def test_is_what_a_reset_does_in_every_service_of_both_hubs(self, mesh: Mesh) -> None:
        journey = Journey(mesh, name="reset")
        await journey.ordered_and_paid()

        reset = await journey.cast.marketplace.post("/orders/v1/test-reset", {})
        money = await journey.refunded(76_37)
        await journey.timeline(journey.cast.seller, "order-cancelled", "payment-refunded")

        assert reset["orders_count"] == 1
        assert money["escrow"]["amount_minor"] == 0
        assert money["cancelled_reason"] == "tenant-reset"
        assert await self._book(journey) == "logistics.order-cancelled"
        assert await journey.books_are_sound() == {HOME: True, ABROAD: True}

    async def _book(self, journey: Journey) -> str:
        """What the seller is told who tries to book all the same, once the news has arrived.

        Whoever books a moment before has the parcel called off by that news.
        """
        body = {
            "order_id": journey.order.order_id,
            "gross_weight_g": 720,
            "length_mm": 220,
            "width_mm": 180,
            "height_mm": 80,
        }

        async def refused() -> str | None:
            reply = await journey.cast.seller.post(
                "/logistics/v1/parcels", body, accept=(404, 409, 422)
            )
            code = str(reply.get("code"))
            return code if code == "logistics.order-cancelled" else None

        return await until(refused, what="a refusal to book")
