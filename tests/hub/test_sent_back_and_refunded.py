"""Customs sends a parcel back: the buyer gets everything, the seller nothing, the books balance."""

import pytest

from tests.builders.hubs import Mesh
from tests.builders.journey import ABROAD, HOME, Journey

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("journeys")]


class TestSentBackAndRefunded:
    async def test_the_buyer_is_refunded_and_nothing_is_paid_out(self, mesh: Mesh) -> None:
        journey = Journey(mesh, name="sent-back")
        journey.order.order_no += "-RED"  # in test mode this draws the lane with an inspection
        await journey.departed()
        officer = await journey.officer()
        inspected = await journey.declaration(status=500)
        path = f"/customs/v1/declarations/{inspected['id']}/send-back"

        await officer.post(path, {"reason": "not-allowed"})
        money = await journey.refunded(76_37)

        told = await journey.timeline(
            journey.cast.seller, "declaration-sent-back", "payment-refunded"
        )
        order = await journey.cast.seller.get(f"/orders/v1/orders/{journey.order.order_id}")
        assert money["escrow"]["amount_minor"] == 0
        assert not money["is_released"]
        assert "proceeds-released" not in told
        assert order["state"] == "returned"
        assert await journey.books_are_sound() == {HOME: True, ABROAD: True}
