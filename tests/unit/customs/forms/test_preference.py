"""A form's line bears an agreement's tariff where it names a proof, or is small enough for none."""

from datetime import date

import pytest

from services.customs.domain.forms.catalogue import form_called
from services.customs.domain.forms.dossier import FormText, read_form
from services.customs.domain.forms.examination import Tariff, goods_of, taxed
from services.customs.domain.general_trade import GeneralTradeRules
from shared.kernel.money import Money
from tests.builders.customs import rulebook

ON = date(2026, 9, 1)
LINE = {
    "classification_id": "3926909900",
    "goods_description": "phone stands",
    "origin_country_id": "CN",
    "item_quantity": "10",
    "net_mass": "1.000",
    "item_amount": "1000.00 MYR",
}
FORM_E = {
    "preference_scheme": "acfta",
    "origin_proof_id": "E-2026-000001",
    "origin_proof_date": "2026-08-01",
}
AT = "lines[0].preference_scheme"


def duty_of(*lines: dict[str, str], form: str = "K1") -> tuple[int | None, list[tuple[str, str]]]:
    """Duty in sen, None where it can't be worked out, and what is wrong."""
    book, one = rulebook(), form_called(form)
    dossier = read_form(one, FormText(lines=lines), digits=book.money_digits("MY"))
    rules = book.import_rules("MY", on=ON).taxations["0110"]
    rates = book.customs_rates("MY", on=ON)
    assert isinstance(rules, GeneralTradeRules)
    assert rates is not None
    tariff = Tariff(rates=book.rates("MY", goods_of(dossier), on=ON), rules=rules, quotas={})
    after, wrong, _ = taxed(one, dossier, rates, tariff)
    duty = after.header.get("duty_amount")
    assert duty is None or isinstance(duty, Money)
    return None if duty is None else duty.minor, [(one.code, one.field) for one in wrong]


def changed(**change: str | None) -> dict[str, str]:
    line = {**LINE, **change}
    return {name: text for name, text in line.items() if text is not None}


class TestClaim:
    @pytest.mark.parametrize("form", ["K1", "K8", "K9"])
    @pytest.mark.parametrize(("scheme", "sen"), [(None, 20_000), ("acfta", 5_000), ("rcep", 8_000)])
    def test_with_a_proof_bears_the_tariff_of_its_agreement(
        self, form: str, scheme: str | None, sen: int
    ) -> None:
        claim = {} if scheme is None else FORM_E | {"preference_scheme": scheme}

        assert duty_of(LINE | claim, form=form) == (sen, [])

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"origin_proof_date": "2025-09-01"}, None),
            ({"origin_proof_date": "2025-08-31"}, "proof-expired"),
            ({"origin_proof_date": "2026-09-02"}, "proof-of-later-day"),
            ({"origin_country_id": "DE"}, "origin-not-covered"),
            ({"classification_id": "6911100000"}, "goods-not-covered"),
            ({"preference_scheme": "cptpp"}, "agreement-unknown"),
            ({"preference_scheme": None}, "proof-incomplete"),
            ({"origin_proof_id": None}, "proof-incomplete"),
            ({"origin_proof_date": None}, "proof-incomplete"),
        ],
    )
    def test_that_is_not_granted_is_named(
        self, change: dict[str, str | None], code: str | None
    ) -> None:
        duty, wrong = duty_of(changed(**{**FORM_E, **change}))

        assert wrong == ([] if code is None else [(code, AT)])
        assert duty == (5_000 if code is None else None)

    @pytest.mark.parametrize(
        ("amount", "answer"),
        [
            ("840.00 MYR", (4_200, [])),
            ("840.01 MYR", (None, [("no-proof", AT)])),
            ("200.00 USD", (4_200, [])),
            ("200.01 USD", (None, [("no-proof", AT)])),
        ],
    )
    def test_needs_no_proof_up_to_two_hundred_dollars(
        self, amount: str, answer: tuple[int | None, list[tuple[str, str]]]
    ) -> None:
        assert duty_of(changed(preference_scheme="acfta", item_amount=amount)) == answer

    def test_counts_all_goods_of_the_consignment_to_the_two_hundred(self) -> None:
        claim = changed(preference_scheme="acfta", item_amount="420.00 MYR")
        more = changed(item_amount="420.01 MYR")

        assert duty_of(claim, claim) == (4_200, [])
        assert duty_of(claim, more) == (None, [("no-proof", AT)])
