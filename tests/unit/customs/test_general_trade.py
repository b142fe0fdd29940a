"""General trade, duty expressions of every form, certificates in money, and who owes what."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.customs.domain.basis import Basis
from services.customs.domain.consignment import Consignment, GoodsLine, TaxRate
from services.customs.domain.duty import Combine, Specific, WeightMissing
from services.customs.domain.general_trade import GeneralTradeRules, assess_general_trade
from services.customs.domain.incoterms import INCOTERMS, IncotermUnknown, Party, incoterm
from services.customs.domain.landed_cost import landed_cost
from services.customs.domain.origin import OriginScheme, advise
from shared.kernel.money import Rounding
from tests.builders.customs import MATTRESS, TODAY, china, cny, rulebook

BASIS = Basis(rule="X1", key="x.y", citation="none", confidence="unverified")
RULES = GeneralTradeRules(
    parts=("goods", "freight", "insurance"),
    parts_basis=BASIS,
    rounding=Rounding.HALF_UP,
    basis=BASIS,
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

    def test_of_another_agreement_saves_nothing(self) -> None:
        other = replace(self.schemes()[0], scheme="rcep")

        (advice,) = advise(
            self.mattress(), china().taxations["0110"], [other], in_fee_currency=lambda _: None
        )

        assert advice.saving == cny("0.00")

    def test_changes_the_landed_cost_by_what_it_saves(self) -> None:
        taxation = china().taxations["0110"]
        assert isinstance(taxation, GeneralTradeRules)

        plain = landed_cost(self.mattress(), taxation)
        preferred = landed_cost(self.mattress(), taxation.preferring("preferential-duty"))

        assert plain.tax - preferred.tax == cny("644.10")


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
