"""General trade, duty expressions of every form, certificates in money, and who owes what."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.customs.domain.basis import Basis
from services.customs.domain.consignment import Consignment, GoodsLine, Proof, TaxRate
from services.customs.domain.drawback import months_after
from services.customs.domain.duty import Combine, Specific, WeightMissing
from services.customs.domain.general_trade import GeneralTradeRules, assess_general_trade
from services.customs.domain.incoterms import INCOTERMS, IncotermUnknown, Party, incoterm
from services.customs.domain.origin import OriginScheme, advise
from services.customs.domain.preference import Agreement, Tariff, tariff_of
from shared.kernel.money import Money, Rounding
from tests.builders.customs import MATTRESS, TODAY, china, cny, rulebook

BASIS = Basis(rule="X1", key="x.y", citation="none", confidence="unverified")
RULES = GeneralTradeRules(
    parts=("goods", "freight", "insurance"),
    parts_basis=BASIS,
    rounding=Rounding.HALF_UP,
    basis=BASIS,
    on=TODAY,
)


def rate(percent: str, specific: Specific | None = None) -> TaxRate:
    return TaxRate(rate=Decimal(percent) / 100, basis=BASIS, specific=specific)


def per(amount: str, unit: str, combine: Combine) -> Specific:
    return Specific(amount=cny(amount), unit=unit, combine=combine)


def goods(duty: TaxRate, **changes: Any) -> Consignment:
    values: dict[str, Any] = {
        "line_no": 1,
        "hs_code": "9404909000",
        "origin": "MY",
        "quantity": 10,
        "unit_price": cny("100.00"),
        "rates": {"customs-duty": duty, "vat": rate("13")},
        "net_weight_g": 2_500,
    }
    zero = cny("0.00")
    line = GoodsLine(**(values | changes))
    return Consignment(lines=(line,), freight=zero, insurance=zero, discount=zero)


class TestDuty:
    @pytest.mark.parametrize(
        ("expression", "duty"),
        [
            (rate("10"), "100.00"),
            (rate("0", per("3.00", "KGM", Combine.SUM)), "7.50"),
            (rate("10", per("3.00", "KGM", Combine.SUM)), "107.50"),
            (rate("10", per("3.00", "KGM", Combine.HIGHER)), "100.00"),
            (rate("10", per("60.00", "KGM", Combine.HIGHER)), "150.00"),
            (rate("10", per("60.00", "KGM", Combine.LOWER)), "100.00"),
            (rate("10", per("2.00", "C62", Combine.LOWER)), "20.00"),
        ],
    )
    def test_is_what_its_expression_says(self, expression: TaxRate, duty: str) -> None:
        charges = assess_general_trade(goods(expression), RULES).charges

        assert charges[0].amount == cny(duty)

    def test_by_weight_needs_the_weight(self) -> None:
        by_weight = rate("0", per("3.00", "KGM", Combine.SUM))

        with pytest.raises(WeightMissing):
            assess_general_trade(goods(by_weight, net_weight_g=None), RULES)


class TestGeneralTrade:
    def test_levies_consumption_tax_and_vat_upon_each_other(self) -> None:
        rates = {"customs-duty": rate("10"), "vat": rate("13"), "consumption-tax": rate("15")}
        assessed = assess_general_trade(goods(rate("10"), rates=rates), RULES)

        duty, consumption, vat = (charge.amount for charge in assessed.charges)
        assert duty == cny("100.00")
        assert consumption == cny("194.12")
        assert consumption + vat == cny("362.35")

    def test_takes_sales_tax_where_there_is_no_vat(self) -> None:
        rates = {"customs-duty": rate("20"), "sales-tax": rate("10")}

        charges = assess_general_trade(goods(rate("20"), rates=rates), RULES).charges

        assert [charge.amount for charge in charges] == [cny("200.00"), cny("120.00")]


class TestCertificate:
    def mattress(self) -> Consignment:
        line = GoodsLine(
            line_no=1,
            hs_code=MATTRESS,
            origin="MY",
            quantity=1,
            unit_price=cny("5480.00"),
            rates={},
        )
        rates = rulebook().rates("CN", [line], on=TODAY)[1]
        line = replace(line, rates=rates)
        zero = cny("0.00")
        return Consignment(lines=(line,), freight=cny("220.00"), insurance=zero, discount=zero)

    def schemes(self) -> tuple[OriginScheme, ...]:
        return rulebook().origin_schemes("MY", destination="CN", on=TODAY)

    def test_for_a_mattress_saves_644_10_as_general_trade_and_nothing_as_retail(self) -> None:
        rates = rulebook().customs_rates("MY", on=TODAY)
        assert rates is not None
        trade, retail = (
            advise(
                self.mattress(),
                china().taxations[channel],
                self.schemes(),
                in_fee_currency=rates.local,
            )
            for channel in ("0110", "9610")
        )

        assert (trade[0].scheme.scheme, trade[0].saving) == ("acfta", cny("644.10"))
        assert trade[0].is_worth_it
        assert {one.saving for one in retail} == {cny("0.00")}
        assert not any(one.is_worth_it for one in retail)

    @pytest.mark.parametrize(("fee", "worth"), [("644.09", True), ("644.10", False)])
    def test_that_costs_what_it_saves_is_not_worth_it(self, fee: str, *, worth: bool) -> None:
        acfta = replace(self.schemes()[0], fee=cny(fee))

        (advice,) = advise(
            self.mattress(),
            china().taxations["0110"],
            [acfta],
            in_fee_currency=lambda saving: saving,
        )

        assert advice.is_worth_it is worth

    def test_of_another_agreement_saves_less_and_beside_the_first_nothing(self) -> None:
        taxation = china().taxations["0110"]
        held = Proof(scheme="acfta", issued_on=TODAY)
        mattress = self.mattress()
        lines = tuple(replace(line, proofs=(held,)) for line in mattress.lines)

        acfta, rcep = advise(
            mattress, taxation, self.schemes(), in_fee_currency=lambda saving: saving
        )
        beside = advise(
            replace(mattress, lines=lines),
            taxation,
            self.schemes(),
            in_fee_currency=lambda saving: saving,
        )

        assert (acfta.scheme.scheme, acfta.saving) == ("acfta", cny("644.10"))
        assert (rcep.scheme.scheme, rcep.saving) == ("rcep", cny("257.64"))
        assert {one.saving for one in beside} == {cny("0.00")}

    def test_without_a_rate_of_its_own_saves_nothing(self) -> None:
        other = replace(self.schemes()[0], scheme="cptpp")

        (advice,) = advise(
            self.mattress(), china().taxations["0110"], [other], in_fee_currency=lambda _: None
        )

        assert advice.saving == cny("0.00")


class TestTariff:
    def tariff_of(self, line: GoodsLine) -> Tariff:
        return tariff_of(
            line,
            line.value,
            [self.ACFTA],
            goods=line.value,
            on=TODAY,
            rounding=Rounding.HALF_UP,
        )

    ACFTA = Agreement(scheme="acfta", partners=frozenset({"MY"}), valid_months=12, basis=BASIS)

    def chosen(
        self, *, duty: str, issued_on: date | None = TODAY, origin: str = "MY"
    ) -> tuple[Money, list[str]]:
        rates = {"customs-duty": rate("10"), "preferential-duty.acfta": rate(duty)}
        proofs = () if issued_on is None else (Proof(scheme="acfta", issued_on=issued_on),)
        (line,) = goods(rate("10"), rates=rates, proofs=proofs, origin=origin).lines
        tariff = tariff_of(
            line, line.value, [self.ACFTA], goods=line.value, on=TODAY, rounding=Rounding.HALF_UP
        )
        return tariff.duty, [one.outcome.value for one in tariff.preferences]

    @pytest.mark.parametrize(
        ("duty", "chosen", "outcome"),
        [
            ("9", "90.00", "applied"),
            ("10", "100.00", "not-cheaper"),
            ("11", "100.00", "not-cheaper"),
        ],
    )
    def test_is_an_agreement_s_only_where_it_comes_to_less(
        self, duty: str, chosen: str, outcome: str
    ) -> None:
        assert self.chosen(duty=duty) == (cny(chosen), [outcome])

    @pytest.mark.parametrize(
        ("issued_on", "origin", "outcomes"),
        [
            (None, "MY", ["no-proof"]),
            (None, "DE", []),
            (TODAY, "DE", ["origin-not-covered"]),
            (TODAY + timedelta(days=1), "MY", ["proof-of-later-day"]),
            (months_after(TODAY, -12), "MY", ["applied"]),
            (months_after(TODAY, -12) - timedelta(days=1), "MY", ["proof-expired"]),
        ],
    )
    def test_says_why_it_is_not_taken(
        self, issued_on: date | None, origin: str, outcomes: list[str]
    ) -> None:
        duty, found = self.chosen(duty="0", issued_on=issued_on, origin=origin)

        assert found == outcomes
        assert duty == cny("0.00" if outcomes == ["applied"] else "100.00")

    def test_takes_the_newest_proof_of_several(self) -> None:
        proofs = tuple(
            Proof(scheme="acfta", issued_on=months_after(TODAY, months)) for months in (-13, -1)
        )
        rates = {"customs-duty": rate("10"), "preferential-duty.acfta": rate("0")}
        (line,) = goods(rate("10"), rates=rates, proofs=proofs).lines

        tariff = tariff_of(
            line, line.value, [self.ACFTA], goods=line.value, on=TODAY, rounding=Rounding.HALF_UP
        )

        assert tariff.duty == cny("0.00")


class TestIncoterms:
    def test_are_eleven_and_only_ddp_makes_the_seller_pay_import_taxes(self) -> None:
        sellers = [code for code, t in INCOTERMS.items() if t.import_taxes is Party.SELLER]

        assert len(INCOTERMS) == 11
        assert sellers == ["DDP"]

    def test_insure_the_buyer_by_cip_and_cif_only(self) -> None:
        assert {c for c, t in INCOTERMS.items() if t.insurance is Party.SELLER} == {"CIP", "CIF"}

    @pytest.mark.parametrize("code", ["DAT", "DAF", "DES", "DEQ", "DDU", "ddp"])
    def test_of_older_editions_are_refused(self, code: str) -> None:
        with pytest.raises(IncotermUnknown):
            incoterm(code)
