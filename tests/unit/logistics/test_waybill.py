"""Numbers with their check digits: made right, and refused when wrong."""

import pytest

from services.logistics.domain.waybill import (
    AWB_SERIAL_MAX,
    HOUSE_SERIAL_MAX,
    S10_SERIAL_MAX,
    NumberMalformed,
    NumberReserved,
    SeriesExhausted,
    air_waybill,
    check_logistics_no,
    check_master,
    check_seal,
    check_unit,
    house_waybill,
    postal_number,
)
from shared.kernel.codes import CodeInvalid, check_awb, check_s10


class TestHouseWaybill:
    @pytest.mark.parametrize(
        ("serial", "number"),
        [(1, "MYKUL00000000011"), (7, "MYKUL00000000070"), (HOUSE_SERIAL_MAX, "MYKUL99999999993")],
    )
    def test_is_the_office_the_serial_and_its_remainder_by_seven(
        self, serial: int, number: str
    ) -> None:
        assert house_waybill("MYKUL", serial) == number

    @pytest.mark.parametrize("serial", [0, HOUSE_SERIAL_MAX + 1])
    def test_ends_with_its_series(self, serial: int) -> None:
        with pytest.raises(SeriesExhausted):
            house_waybill("MYKUL", serial)

    def test_needs_a_place(self) -> None:
        with pytest.raises(CodeInvalid):
            house_waybill("kul", 1)


class TestAirWaybill:
    def test_is_the_scenarios(self) -> None:
        assert air_waybill("232", 1_234_567) == "232-12345675"

    @pytest.mark.parametrize("serial", [1, 10, 6_999_993, AWB_SERIAL_MAX])
    def test_passes_its_own_check(self, serial: int) -> None:
        number = air_waybill("232", serial)

        assert check_awb(number) == number


class TestPostalNumber:
    def test_is_the_scenarios(self) -> None:
        assert postal_number("LP", 10_000_017, "MY") == "LP100000175MY"

    @pytest.mark.parametrize("serial", [1, 47_312_482, S10_SERIAL_MAX])
    def test_passes_its_own_check(self, serial: int) -> None:
        number = postal_number("RR", serial, "CN")

        assert check_s10(number) == number

    def test_ends_with_its_series(self) -> None:
        with pytest.raises(SeriesExhausted):
            postal_number("LP", S10_SERIAL_MAX + 1, "MY")


class TestCheckedNumbers:
    def test_keep_a_sellers_own_house_waybill(self) -> None:
        assert check_logistics_no("KV26090100001", office="MYKUL") == "KV26090100001"

    @pytest.mark.parametrize("number", ["kv1234", "KV 1234", "KV", "K" * 36, "KV26090100001\n"])
    def test_refuse_a_house_waybill_of_another_shape(self, number: str) -> None:
        with pytest.raises(NumberMalformed):
            check_logistics_no(number, office="MYKUL")

    def test_refuse_a_house_waybill_that_is_a_wrong_postal_number(self) -> None:
        with pytest.raises(CodeInvalid):
            check_logistics_no("LP100000174MY", office="MYKUL")

    def test_refuse_a_house_waybill_from_the_offices_own_series(self) -> None:
        with pytest.raises(NumberReserved):
            check_logistics_no(house_waybill("MYKUL", 1), office="MYKUL")

    def test_put_the_dash_into_a_master_air_waybill(self) -> None:
        assert check_master("23212345675", by_air=True) == "232-12345675"

    def test_refuse_a_master_air_waybill_with_a_wrong_digit(self) -> None:
        with pytest.raises(CodeInvalid):
            check_master("232-12345674", by_air=True)

    def test_take_a_bill_of_lading_by_sea_only(self) -> None:
        assert check_master("MAEU123456789", by_air=False) == "MAEU123456789"
        with pytest.raises(CodeInvalid):
            check_master("MAEU123456789", by_air=True)

    def test_take_a_unit_load_device_by_air_and_a_container_by_sea(self) -> None:
        assert check_unit("AKE12345MH", by_air=True) == "AKE12345MH"
        assert check_unit("CSQU3054383", by_air=False) == "CSQU3054383"

    def test_refuse_each_in_place_of_the_other(self) -> None:
        with pytest.raises(NumberMalformed):
            check_unit("CSQU3054383", by_air=True)
        with pytest.raises(CodeInvalid):
            check_unit("AKE12345MH", by_air=False)
        with pytest.raises(CodeInvalid):
            check_unit("CSQU3054384", by_air=False)

    @pytest.mark.parametrize("seal", ["", "A", "-AB1", "AB 1", "ab1"])
    def test_refuse_a_seal_of_another_shape(self, seal: str) -> None:
        with pytest.raises(NumberMalformed):
            check_seal(seal)
