"""Three documents and the origin's proof, matched field by field."""

from dataclasses import replace
from typing import Any

import pytest

from services.customs.domain.documents import CompleteDossier, Dossier, Person
from services.customs.domain.matching import match
from tests.builders.customs import (
    BUYER_ID,
    CONSIGNEE,
    booking,
    china,
    cny,
    departure,
    dossier,
    export_proof,
    order,
    payment,
    waybill,
)

STRANGER = Person(id_number="110101190001010018", name="王伟")


def found(complete: CompleteDossier) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(f.code, f.field, f.documents) for f in match(complete, china())]


class TestMatch:
    def test_finds_nothing_when_all_agree(self) -> None:
        assert found(dossier()) == []

    @pytest.mark.parametrize(
        ("change", "code", "field", "documents"),
        [
            (
                {"waybill": waybill(consignee=replace(CONSIGNEE, phone="13800000002"))},
                *("C11", "consignee.phone", ("order", "waybill")),
            ),
            (
                {"waybill": waybill(consignee=replace(CONSIGNEE, name="林舒舒"))},
                *("C11", "consignee.name", ("order", "waybill")),
            ),
            (
                {"waybill": waybill(consignee=replace(CONSIGNEE, address="文三路2号"))},
                *("C11", "consignee.address", ("order", "waybill")),
            ),
            ({"payment": payment(payer=STRANGER)}, "C11", "payer.id_number", ("order", "payment")),
            ({"payment": payment(payer=None)}, "C11", "payer.id_number", ("order", "payment")),
            (
                {"payment": payment(payer=Person(id_number=BUYER_ID, name="王伟"))},
                *("C11", "payer.name", ("order", "payment")),
            ),
            ({"payment": payment(amount=cny("76.36"))}, "C10", "paid", ("order", "payment")),
            ({"waybill": waybill(freight=cny("12.01"))}, "C10", "freight", ("order", "waybill")),
            (
                {"payment": payment(order_no="OTHER")},
                *("number-mismatch", "order_no", ("order", "payment")),
            ),
            (
                {"waybill": waybill(order_no="OTHER")},
                *("number-mismatch", "order_no", ("order", "waybill")),
            ),
            (
                {"booking": booking(order_no="OTHER")},
                *("number-mismatch", "order_no", ("order", "booking")),
            ),
            (
                {"waybill": waybill(logistics_no="KV1")},
                *("number-mismatch", "logistics_no", ("booking", "waybill")),
            ),
            (
                {"waybill": waybill(master_waybill="232-00000000")},
                *("number-mismatch", "master_waybill", ("waybill", "export")),
            ),
            (
                {"departure": departure(master_waybill="232-00000000")},
                *("number-mismatch", "master_waybill", ("export", "departure")),
            ),
            (
                {"waybill": waybill(packages=2)},
                "parcel-mismatch",
                "packages",
                ("waybill", "booking"),
            ),
            (
                {"export": export_proof(net_weight_g=571)},
                *("parcel-mismatch", "net_weight_g", ("order", "export")),
            ),
            (
                {"export": export_proof(fob=cny("58.01"))},
                *("parcel-mismatch", "goods", ("order", "export")),
            ),
            (
                {"export": export_proof(gross_weight_g=721)},
                *("parcel-mismatch", "gross_weight_g", ("booking", "export")),
            ),
        ],
    )
    def test_names_the_one_field_that_differs(
        self, change: dict[str, Any], code: str, field: str, documents: tuple[str, ...]
    ) -> None:
        assert found(dossier(**change)) == [(code, field, documents)]

    def test_never_tells_what_a_field_says(self) -> None:
        stranger = replace(CONSIGNEE, name="王伟", phone="13999999999", address="文三路2号")

        findings = match(
            dossier(waybill=waybill(consignee=stranger), payment=payment(payer=STRANGER)), china()
        )

        assert len(findings) == 4
        for personal in ("王伟", "林舒", "13999999999", "13800000001", "文三路", BUYER_ID):
            assert all(personal not in repr(finding) for finding in findings)

    def test_overlooks_only_how_a_text_is_typed(self) -> None:
        typed = replace(CONSIGNEE, name=" 林舒 ", phone="138 0000-0001")

        assert found(dossier(waybill=waybill(consignee=typed))) == []

    def test_doubts_an_identity_number_with_a_wrong_check_digit(self) -> None:
        wrong = Person(id_number="330106190001010018", name="林舒")

        complete = dossier(order=order(orderer=wrong), payment=payment(payer=wrong))

        assert found(complete) == [("C11", "orderer.id_number", ("order",))]

    def test_finds_an_order_without_its_consignee(self) -> None:
        fields = [field for _, field, _ in found(dossier(order=order(consignee=None)))]

        assert fields == ["consignee.name", "consignee.phone", "consignee.address"]

    def test_wants_the_parcel_heavier_than_its_goods(self) -> None:
        light = {
            "waybill": waybill(gross_weight_g=569),
            "booking": booking(gross_weight_g=569),
            "export": export_proof(gross_weight_g=569),
        }

        assert found(dossier(**light)) == [
            ("parcel-mismatch", "net_weight_g", ("order", "waybill"))
        ]


class TestDossier:
    def test_names_what_is_missing_until_it_is_complete(self) -> None:
        complete = dossier()
        parts = {
            "order": complete.order,
            "payment": complete.payment,
            "waybill": complete.waybill,
            "booking": complete.booking,
            "export": complete.export,
            "departure": complete.departure,
        }

        for name in parts:
            lacking = Dossier(**{**parts, name: None})  # type: ignore[arg-type]
            assert lacking.missing == (name,)
            assert lacking.complete() is None
        assert Dossier(**parts).complete() == complete  # type: ignore[arg-type]
