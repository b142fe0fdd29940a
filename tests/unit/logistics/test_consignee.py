"""The carrier's waybill: corrections count up, and the buyer stays out of logs."""

from dataclasses import replace

import pytest

from services.logistics.domain.consignee import CarrierWaybill, Consignee, WaybillUnchanged
from shared.kernel.money import Money
from tests.builders.logistics import an_id

BUYER = Consignee(name="Fictional Buyer", phone="13800000000", address="1 Example Road")
WAYBILL = CarrierWaybill(
    id=an_id("wbl", "1", "cn-hgh"),
    logistics_no="KV26090100001",
    order_no="TASIK-1",
    recorded_by=an_id("mbr", "tasik", "cn-hgh"),
    carrier_code="fixtures",
    master_waybill="232-12345675",
    freight=Money(1_200, "CNY"),
    insured=Money(0, "CNY"),
    gross_g=720,
    packages=1,
    consignee=BUYER,
)


class TestCorrection:
    def test_raises_the_version_and_keeps_what_the_waybill_is(self) -> None:
        new_phone = replace(BUYER, phone="13900000000")
        wrong = replace(WAYBILL, id="x", logistics_no="y", recorded_by="z", consignee=new_phone)

        corrected = WAYBILL.corrected(wrong)

        assert corrected == replace(WAYBILL, consignee=new_phone, version=2)

    def test_that_changes_nothing_is_refused(self) -> None:
        with pytest.raises(WaybillUnchanged):
            WAYBILL.corrected(replace(WAYBILL, version=7))


class TestConsignee:
    def test_never_shows_in_logs(self) -> None:
        assert "Fictional" not in repr(WAYBILL)
        assert "1380" not in repr(WAYBILL)
