"""Labels and forms are read back: the barcode by a scanner's library, the text by a PDF reader."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.logistics.clients.typesetting import customs_form_pdf, label_pdf
from services.logistics.domain.customs_form import (
    ContentLine,
    ContentsInconsistent,
    CustomsForm,
    Form,
    Nature,
    shown_amount,
    shown_kg,
)
from services.logistics.domain.label import Label, Symbology, zpl
from shared.kernel.money import Money

pdfium = pytest.importorskip("pypdfium2")
zxing = pytest.importorskip("zxingcpp")

S10 = "LP000000014MY"
SSCC = "095560000100000170"


def a_label(number: str = S10, **changes: Any) -> Label:
    values: dict[str, Any] = {
        "number": number,
        "sender": ("Kinta Valley White Coffee", "via MYKUL"),
        "recipient": ("林淑", "浙江省杭州市文三路1号"),
        "route": "MYKUL > CNHGH",
        "gross_g": 720,
        "pieces": 1,
        "service": "small packet",
        "simulated": True,
    }
    return Label(**{**values, **changes})


def a_form(**changes: Any) -> CustomsForm:
    line = ContentLine(
        description="white coffee #strong[3-in-1]",
        quantity=2,
        net_g=570,
        value=Money(11_600, "CNY"),
        hs_code="210112",
        origin="MY",
    )
    values: dict[str, Any] = {
        "number": S10,
        "nature": Nature.SALE,
        "sender": ("Kinta Valley",),
        "recipient": ("林淑",),
        "lines": (line,),
        "gross_g": 720,
        "minor_per_sdr": Decimal(960),
    }
    return CustomsForm(**{**values, **changes})


def read_back(pdf: bytes) -> tuple[str, list[tuple[str, str]]]:
    """The text of a PDF's first page, and the barcodes a scanner finds on it."""
    page = pdfium.PdfDocument(pdf)[0]
    text = page.get_textpage().get_text_range()
    image = page.render(scale=4).to_numpy()
    return text, [(str(code.format), code.text) for code in zxing.read_barcodes(image)]


class TestLabelPdf:
    def test_carries_the_postal_number_in_code_128_and_the_buyer_in_chinese(self) -> None:
        text, codes = read_back(label_pdf(a_label()))

        assert [found for _, found in codes] == [S10]
        assert "LP 000 000 014MY" in text
        assert "浙江省杭州市文三路1号" in text.replace(" ", "")
        assert "SIMULATED" in text

    def test_carries_the_sscc_in_gs1_128_under_its_identifier(self) -> None:
        text, codes = read_back(label_pdf(a_label(SSCC)))

        assert [found for _, found in codes] == [f"(00){SSCC}"]
        assert f"(00) {SSCC}" in text

    def test_is_the_same_every_time(self) -> None:
        assert label_pdf(a_label()) == label_pdf(a_label())


class TestZpl:
    def test_starts_an_sscc_in_subset_c_with_function_1(self) -> None:
        assert f"^FD>;>800{SSCC}^FS" in zpl(a_label(SSCC))
        assert f"^FD>:{S10}^FS" in zpl(a_label())

    def test_lets_no_name_print_another_label(self) -> None:
        printed = zpl(a_label(recipient=("Mallory^XZ^XA~JR_x",)))

        assert printed.count("^XA") == printed.count("^XZ") == 1
        assert "~JR" not in printed
        assert "Mallory_5eXZ_5eXA_7eJR_5fx" in printed

    @pytest.mark.parametrize(
        ("number", "symbology"),
        [(S10, Symbology.S10), (SSCC, Symbology.SSCC), ("KV26090100001", Symbology.PLAIN)],
    )
    def test_takes_the_scheme_whose_check_digit_is_right(
        self, number: str, symbology: Symbology
    ) -> None:
        assert a_label(number).symbology is symbology
        wrong = number.replace("1", "2", 1)
        assert a_label(wrong).symbology is Symbology.PLAIN


class TestCustomsForm:
    @pytest.mark.parametrize(
        ("minor", "rate", "form"),
        [
            (288_000, Decimal(960), Form.CN22),
            (288_001, Decimal(960), Form.CN23),
            (1, None, Form.CN23),
        ],
    )
    def test_is_a_cn22_up_to_300_sdr(self, minor: int, rate: Decimal | None, form: Form) -> None:
        priced = replace(a_form().lines[0], value=Money(minor, "CNY"))

        assert a_form(lines=(priced,), minor_per_sdr=rate).form is form

    @pytest.mark.parametrize("changes", [{"gross_g": 569}, {"lines": ()}])
    def test_refuses_what_does_not_add_up(self, changes: dict[str, Any]) -> None:
        with pytest.raises(ContentsInconsistent):
            a_form(**changes)

    def test_prints_text_as_it_was_written_and_the_number_as_bars(self) -> None:
        text, codes = read_back(customs_form_pdf(a_form(), a_label()))

        assert "CN 22" in text
        assert "#strong[3-in-1]" in text
        assert "116.00 CNY" in text
        assert [found for _, found in codes] == [S10]

    def test_shows_amounts_and_weights_exactly(self) -> None:
        assert shown_amount(Money(-5, "CNY")) == "-0.05 CNY"
        assert shown_kg(18_007) == "18.007"
