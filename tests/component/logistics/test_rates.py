"""What carriers ask: the packaged cards are a simulated carrier's, and say so."""

import pytest

from tests.builders.running import Running

PILLOW = {"gross_weight_g": 1_650, "length_mm": 600, "width_mm": 400, "height_mm": 140}


class TestRates:
    async def test_names_the_cheapest_first_and_admits_that_they_are_simulated(
        self, origin: Running
    ) -> None:
        lane = {"origin": "MYKUL", "destination": "CNHGH"}

        reply = await origin.http.get("/v1/rates", params={**lane, **PILLOW})

        rates = reply.json()["rates"]
        prices = [rate["price"]["amount_minor"] for rate in rates]
        assert prices == sorted(prices)
        asked = {(rate["chargeable_weight_g"], rate["price"]["amount_minor"]) for rate in rates}
        assert {(6_000, 8_400), (7_000, 22_400)} <= asked
        assert all(rate["simulated"] for rate in rates)
        assert {rate["confidence"] for rate in rates} == {"unverified"}

    async def test_is_empty_where_nobody_goes(self, origin: Running) -> None:
        lane = {"origin": "MYKUL", "destination": "SGSIN"}

        reply = await origin.http.get("/v1/rates", params={**lane, **PILLOW})

        assert reply.json() == {"rates": []}

    @pytest.mark.parametrize("changes", [{"origin": "kul"}, {"length_mm": 0}, {"height_mm": 10**9}])
    async def test_refuses_what_is_no_parcel_on_no_lane(
        self, origin: Running, changes: dict[str, str | int]
    ) -> None:
        asked: dict[str, str | int] = {
            "origin": "MYKUL",
            "destination": "CNHGH",
            **PILLOW,
            **changes,
        }

        reply = await origin.http.get("/v1/rates", params=asked)

        assert reply.status_code == 422
