"""Codes of the trade: good ones pass, one wrong digit does not."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel import codes
from shared.kernel.codes import CodeInvalid

GOOD: list[tuple[Callable[[str], str], str]] = [
    (codes.check_gtin, "9556000000010"),
    (codes.check_gtin, "9556000000188"),
    (codes.check_container, "CSQU3054383"),
    (codes.check_uscc, "91330100799655058B"),
    (codes.check_cn_resident_id, "330106190001010017"),
    (codes.check_sscc, "376104250021234569"),
    (codes.check_s10, "RR123456785MY"),
    (codes.check_s10, "RR473124829GB"),
    (codes.check_s10, "LP100000175MY"),
    (codes.check_awb, "232-12345675"),
]


@pytest.mark.parametrize(("check", "code"), GOOD)
class TestCheckDigits:
    def test_pass_when_right(self, check: Callable[[str], str], code: str) -> None:
        assert check(code) == code

    def test_catch_every_wrong_last_digit(self, check: Callable[[str], str], code: str) -> None:
        place = max(i for i, c in enumerate(code) if c.isdigit())
        for digit in "0123456789":
            if digit != code[place]:
                with pytest.raises(CodeInvalid):
                    check(code[:place] + digit + code[place + 1 :])

    def test_refuse_what_is_no_code_at_all(self, check: Callable[[str], str], code: str) -> None:
        for text in ("", "x", code + "0", " " * len(code)):
            with pytest.raises(CodeInvalid):
                check(text)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (codes.check_ssm, "202301012345", "202307012345"),
        (codes.check_my_tin, "C20000000010", "Q20000000010"),
        (codes.check_unlocode, "MYKUL", "MYK"),
        (codes.check_unlocode, "CNHGH", "cnhgh"),
    ],
)
def test_shapes_without_check_digits(check: Callable[[str], str], good: str, bad: str) -> None:
    assert check(good) == good
    with pytest.raises(CodeInvalid):
        check(bad)


class TestHs:
    def test_keeps_its_length_and_is_never_padded(self) -> None:
        assert codes.check_hs("2101.12") == "210112"
        with pytest.raises(CodeInvalid):
            codes.check_hs("210112", digits=10)

    @given(st.text(max_size=12))
    def test_takes_digits_only(self, text: str) -> None:
        try:
            clean = codes.check_hs(text)
        except CodeInvalid:
            return
        assert clean.isdigit()
        assert len(clean) in {6, 8, 10}


def test_a_refusal_names_the_scheme_and_the_field() -> None:
    with pytest.raises(CodeInvalid) as refusal:
        codes.check_gtin("9556000000011", field="lines[0].gtin")

    assert refusal.value.field == "lines[0].gtin"
    assert refusal.value.details["scheme"] == "GTIN"
