"""One pack of coffee, from the shop's order to the seller's proceeds, through every service."""

import pytest

from tests.builders.hubs import Mesh
from tests.builders.journey import ABROAD, HOME, Journey, tick

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("journeys")]

TOLD_AT_HOME = (
    "order-placed",
    "pre-clearance-answered",
    "payment-captured",
    "parcel-booked",
    "parcel-sealed",
    "export-released",
    "parcel-departed",
    "declaration-accepted",
    "declaration-released",
    "parcel-arrived",
    "parcel-tracked",
    "parcel-delivered",
    "proceeds-released",
)
STAYS_AT_HOME = {"pre-clearance-answered", "parcel-sealed"}
"""What the seller was advised before packing, and how the unit was made up."""
TOLD_ABROAD = tuple(kind for kind in TOLD_AT_HOME if kind not in STAYS_AT_HOME)


class TestOrderToDelivery:
    async def test_both_hubs_tell_the_same_story_and_every_cent_is_where_it_belongs(
        self, mesh: Mesh
    ) -> None:
        journey = Journey(mesh, name="delivery")

        inbound = await journey.departed()
        await inbound.clear(tick)
        await inbound.deliver(tick)
        await journey.available(67_10)  # 58.00 + 12.00 freight - 2.90 commission

        at_home = await journey.timeline(journey.cast.seller, *TOLD_AT_HOME)
        abroad = await journey.timeline(journey.cast.marketplace, *TOLD_ABROAD)
        money = await journey.cast.marketplace.get(journey.money_path)
        assert sorted(at_home) == sorted(TOLD_AT_HOME)
        assert sorted(abroad) == sorted(TOLD_ABROAD)
        assert money["is_released"]
        assert money["paid"]["amount_minor"] == 76_37
        assert money["escrow"]["amount_minor"] == 0
        assert await journey.books_are_sound() == {HOME: True, ABROAD: True}

    async def test_the_sellers_hub_knows_the_buyer_by_a_token_only(self, mesh: Mesh) -> None:
        journey = Journey(mesh, name="token")
        await journey.ordered_and_paid()
        path = f"/orders/v1/orders/{journey.order.order_id}"

        seen_by_shop = await journey.cast.marketplace.get(path)
        seen_by_seller = await journey.cast.seller.get(path)

        assert seen_by_shop["buyer"]["name"] == journey.order.buyer()["name"]
        assert seen_by_seller.get("buyer") is None
        assert len(seen_by_seller["buyer_token"]) > 20
        assert journey.order.buyer()["id_number"] not in str(seen_by_seller)
