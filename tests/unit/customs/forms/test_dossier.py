"""Forms are one dossier written in boxes: both ways, and from one form into another."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.customs.domain.forms.box import BOXES, Box, Kind, Value
from services.customs.domain.forms.catalogue import FORMS, FormUnknown, form_called
from services.customs.domain.forms.dossier import (
    BoxContradicts,
    BoxUnknown,
    BoxUnreadable,
    FormDossier,
    FormText,
    read_form,
    write_form,
)
from shared.kernel.money import Money

DIGITS = {"MYR": 2, "CNY": 2, "JPY": 0}
AMOUNTS = st.builds(Money, st.integers(0, 10**15), st.sampled_from(sorted(DIGITS)))
TEXTS = st.text(st.characters(codec="ascii", min_codepoint=33), min_size=1, max_size=100)
OF_KIND: dict[Kind, st.SearchStrategy[Value]] = {
    Kind.TEXT: TEXTS,
    Kind.COUNT: st.integers(0, 10**9 - 1),
    Kind.AMOUNT: AMOUNTS,
    Kind.WEIGHT: st.integers(0, 10**12 - 1),
    Kind.RATE: st.decimals(0, 10**9 - 1, places=4),
    Kind.DAY: st.dates(),
    Kind.GOODS_CODE: st.from_regex(r"[0-9]{6}([0-9]{2}){0,2}", fullmatch=True),
    Kind.COUNTRY: st.from_regex(r"[A-Z]{2}", fullmatch=True),
    Kind.PLACE: st.from_regex(r"[A-Z]{2}[A-Z0-9]{3}", fullmatch=True),
}


def values_of(box: Box) -> st.SearchStrategy[Value]:
    return st.sampled_from(box.choices) if box.kind is Kind.CHOICE else OF_KIND[box.kind]


def rows(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, Value]]:
    return st.fixed_dictionaries({}, optional={name: values_of(BOXES[name]) for name in names})


class TestForms:
    @pytest.mark.parametrize("name", sorted(FORMS))
    @settings(max_examples=25)
    @given(data=st.data())
    def test_say_the_same_when_written_and_read_again(self, name: str, data: st.DataObject) -> None:
        form = FORMS[name]
        lines = data.draw(st.lists(rows(form.line_boxes), max_size=3)) if form.line_boxes else []
        dossier = FormDossier(header=data.draw(rows(form.boxes)), lines=tuple(lines))

        text = write_form(form, dossier, digits=DIGITS)

        assert read_form(form, text, digits=DIGITS) == dossier

    def test_are_the_six_of_the_customs_act(self) -> None:
        assert sorted(FORMS) == ["K1", "K1A", "K2", "K3", "K8", "K9"]
        with pytest.raises(FormUnknown):
            form_called("K4")

    def test_have_known_boxes_and_each_of_them_once(self) -> None:
        for form in FORMS.values():
            for boxes in (form.boxes, form.line_boxes):
                assert set(boxes) <= set(BOXES)
                assert len(set(boxes)) == len(boxes)

    def test_fill_each_other(self) -> None:
        sent = FormDossier(
            header={"importer_id": "A", "gross_mass": 10, "warehouse_id": "W-1"},
            lines=({"classification_id": "3926909900", "item_quantity": 3},),
        )

        whole = FormDossier().filled_from(sent, FORMS["K1"])
        part = FormDossier(lines=({"item_quantity": 1},)).filled_from(sent, FORMS["K9"])

        assert whole.header == {"importer_id": "A", "gross_mass": 10}
        assert whole.lines == sent.lines
        assert part.header == {"importer_id": "A", "warehouse_id": "W-1"}
        assert part.lines == ({"item_quantity": 1},)

    def test_can_not_say_something_else_than_what_they_are_about(self) -> None:
        sent = FormDossier(header={"importer_id": "A"})

        with pytest.raises(BoxContradicts) as refused:
            FormDossier(header={"importer_id": "B"}).filled_from(sent, FORMS["K1"])

        assert refused.value.field == "boxes.importer_id"
        assert FormDossier(header={"importer_id": "A"}).filled_from(sent, FORMS["K1"]) == sent


class TestBoxes:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("gross_mass", "72.96"),
            ("gross_mass", "72"),
            ("package_quantity", "-1"),
            ("package_quantity", "1.0"),
            ("invoice_amount", "15848.00"),
            ("invoice_amount", "15848.0 CNY"),
            ("invoice_amount", "15848.00 JPY"),
            ("invoice_amount", "15848.00 XXX"),
            ("invoice_amount", "-1.00 MYR"),
            ("invoice_amount", "999999999999999.99 MYR"),
            ("arrival_date", "2026-02-30"),
            ("arrival_date", "01/09/2026"),
            ("border_transport_mode", "pipeline"),
            ("unloading_location_id", "KUL"),
            ("export_country_id", "cn"),
            ("exporter_id", ""),
            ("exporter_id", "a\nb"),
            ("exporter_id", "x" * 101),
        ],
    )
    def test_refuse_what_they_do_not_hold(self, name: str, text: str) -> None:
        with pytest.raises(BoxUnreadable) as refused:
            read_form(FORMS["K1"], FormText(boxes={name: text}), digits=DIGITS)

        assert refused.value.field == f"boxes.{name}"

    def test_of_another_form_are_named(self) -> None:
        text = FormText(lines=({"warehouse_id": "W"},))

        with pytest.raises(BoxUnknown) as refused:
            read_form(FORMS["K1"], text, digits=DIGITS)

        assert refused.value.field == "lines[0].warehouse_id"

    def test_show_kilograms_and_money_as_the_forms_do(self) -> None:
        assert BOXES["gross_mass"].write(72_960, DIGITS) == "72.960"
        assert BOXES["gross_mass"].write(5, DIGITS) == "0.005"
        assert BOXES["invoice_amount"].write(Money(1_584_800, "CNY"), DIGITS) == "15848.00 CNY"
        assert BOXES["invoice_amount"].write(Money(7, "MYR"), DIGITS) == "0.07 MYR"
        assert BOXES["invoice_amount"].write(Money(7, "JPY"), DIGITS) == "7 JPY"
        assert Box("rate", Kind.RATE).read("0.6100", DIGITS) == Decimal("0.6100")
