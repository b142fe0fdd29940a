"""House and master bills: as data and on paper, once the unit is sealed, and only for their own."""

from typing import Any

import httpx
import pypdfium2
import pytest

from tests.builders.running import Running
from tests.component.logistics.story import (
    FORWARDER,
    SEALS,
    SELLER,
    STRANGER,
    acting_as,
    booked,
    do,
    opened,
    sealed,
)
from tests.component.logistics.test_assigning import Here


async def bill(
    origin: Running, path: str, *, member: str = FORWARDER, kind: str = "agent"
) -> httpx.Response:
    return await origin.http.get(path, headers=acting_as(origin, member, kind=kind))


def master_of(consolidation: dict[str, Any]) -> str:
    return f"/v1/consolidations/{consolidation['id']}/master-bill"


def house_of(parcel: dict[str, Any]) -> str:
    return f"/v1/parcels/{parcel['id']}/house-bill"


class TestMasterBill:
    async def test_is_the_sum_of_its_houses_and_what_was_sealed(self, origin: Running) -> None:
        consolidation, parcels = await sealed(origin, "1", "2", "3")

        master = (await bill(origin, master_of(consolidation))).json()

        houses = master["houses"]
        assert (master["kind"], master["number"]) == ("MAWB", "232-12345675")
        assert {house["number"] for house in houses} == {p["logistics_no"] for p in parcels}
        for figure in ("packages", "gross_weight_g", "volume_mm3"):
            assert master[figure] == sum(house[figure] for house in houses) > 0
        amounts = [house["freight"]["amount_minor"] for house in houses]
        assert master["freight"]["amount_minor"] == sum(amounts)
        assert master["freight"] == consolidation["freight"]
        assert master["gross_weight_g"] == consolidation["gross_weight_g"]
        assert master["chargeable_weight_g"] == consolidation["chargeable_weight_g"]
        assert master["voyage"]["seals"] == SEALS

    async def test_is_issued_when_the_unit_is_sealed(self, origin: Running) -> None:
        (parcel,) = await booked(origin, "1")
        consolidation = await opened(origin)
        await do(origin, consolidation, "parcels", {"parcel_ids": [parcel["id"]]})

        early = await bill(origin, master_of(consolidation))
        house = await bill(origin, house_of(parcel), member=SELLER, kind="seller")

        assert (early.status_code, early.json()["code"]) == (409, "logistics.bill-not-issued")
        assert house.json()["code"] == "logistics.bill-not-issued"

    async def test_no_longer_names_who_was_left_behind(self, origin: Running) -> None:
        consolidation, (left, stays) = await sealed(origin, "1", "2")
        body = {"parcel_ids": [left["id"]], "seals": ["MY000200"], "reason": "no-show"}
        await do(origin, consolidation, "drop", body)

        master = (await bill(origin, master_of(consolidation))).json()
        gone = await bill(origin, house_of(left), member=SELLER, kind="seller")

        assert [house["parcel_id"] for house in master["houses"]] == [stays["id"]]
        assert master["gross_weight_g"] == stays["gross_weight_g"]
        assert gone.json()["code"] == "logistics.bill-not-issued"

    async def test_by_sea_is_a_bill_of_lading(self, origin: Running) -> None:
        (parcel,) = await booked(origin, "1")
        consolidation = await opened(
            origin, mode="sea", master_waybill="ABCD12345678", unit_no="CSQU3054383"
        )
        await do(origin, consolidation, "parcels", {"parcel_ids": [parcel["id"]]})
        await do(origin, consolidation, "seal", {"seals": SEALS})

        master = (await bill(origin, master_of(consolidation))).json()
        house = (await bill(origin, house_of(parcel), member=SELLER, kind="seller")).json()

        assert (master["kind"], master["number"]) == ("MBL", "ABCD12345678")
        assert (house["kind"], house["voyage"]["master_number"]) == ("HBL", "ABCD12345678")


class TestHouseBill:
    async def test_names_the_goods_and_both_parties_but_no_buyer(self, origin: Running) -> None:
        _, (parcel,) = await sealed(origin, "1")

        house = (await bill(origin, house_of(parcel), member=SELLER, kind="seller")).json()

        assert (house["kind"], house["number"]) == ("HAWB", parcel["logistics_no"])
        assert house["goods"] == [
            {
                "description": "white coffee",
                "hs_code": "2101120000",
                "origin": "MY",
                "quantity": 1,
                "net_weight_g": 570,
            }
        ]
        assert house["shipper"][0] == f"Seller {SELLER}"
        assert house["consignee"] == ["Order TASIK-1", "to be delivered by hub CNHGH"]

    @pytest.mark.parametrize("suffix", ["", ".pdf"])
    async def test_is_for_its_own_only(self, origin: Running, suffix: str) -> None:
        origin.service.app.state.planners = Here()
        consolidation, (parcel,) = await sealed(origin, "1")

        house = await bill(origin, house_of(parcel) + suffix, member=STRANGER, kind="seller")
        forwarder = await bill(origin, house_of(parcel) + suffix)
        master = await bill(origin, master_of(consolidation) + suffix, member=SELLER, kind="seller")

        assert (house.status_code, house.json()["code"]) == (404, "logistics.parcel-not-found")
        assert forwarder.status_code == 200
        assert master.json()["code"] == "logistics.consolidation-not-found"


class TestPaper:
    async def test_says_what_the_data_say(self, origin: Running) -> None:
        origin.service.app.state.planners = Here()
        consolidation, (parcel, _) = await sealed(origin, "1", "2")

        master = await bill(origin, master_of(consolidation) + ".pdf")
        again = await bill(origin, master_of(consolidation) + ".pdf")
        house = await bill(origin, house_of(parcel) + ".pdf")

        assert master.headers["content-type"] == "application/pdf"
        assert master.content == again.content
        on_master, on_house = _text(master.content), _text(house.content)
        assert "MASTER AIR WAYBILL" in on_master
        assert parcel["logistics_no"] in on_master
        assert "1.440" in on_master  # kilograms of both houses
        assert "HOUSE AIR WAYBILL" in on_house
        assert "white coffee" in on_house
        assert "232-12345675" in on_house


def _text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)
