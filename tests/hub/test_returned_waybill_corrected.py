"""A carrier's typing error: customs returns the parcel, naming the field, and takes the mend."""

import pytest

from tests.builders.hubs import Mesh
from tests.builders.journey import Journey, tick

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("journeys")]


class TestReturnedWaybillCorrected:
    async def test_the_field_is_named_and_the_corrected_waybill_is_released(
        self, mesh: Mesh
    ) -> None:
        journey = Journey(mesh, name="waybill", orders=2, waybill_wrong=True)
        inbound = await journey.departed()
        returned = await journey.declaration(status=100)

        await inbound.clear(tick)  # corrects what was returned, then waits for both

        released = await journey.declaration(status=800)
        told = await journey.timeline(
            journey.cast.seller, "declaration-returned", "declaration-released"
        )
        assert [(each["code"], each["field"]) for each in returned["findings"]] == [
            ("C11", "consignee.phone")
        ]
        assert journey.figures.seen["A-001 returned for"] == "consignee.phone"
        assert journey.order.buyer()["phone"] not in str(returned)
        assert released["id"] == returned["id"]
        assert told.index("declaration-returned") < told.index("declaration-released")
