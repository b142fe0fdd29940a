"""What an order costs its buyer, by the rules of the packs."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.customs.domain.admission import consignment_of
from services.customs.domain.assessment import Tax
from services.customs.domain.basis import Basis
from services.customs.domain.cbec import CbecRules, composite_rate
from services.customs.domain.consignment import GoodsLine, RateMissing, TaxRate
from services.customs.domain.documents import OrderDocument
from services.customs.domain.landed_cost import (
    ChannelUnknown,
    LandedCost,
    landed_cost,
    taxation_of,
)
from services.customs.domain.personal_parcel import PersonalParcelRules
from shared.kernel.money import CurrencyMismatch, Money, Rounding, total
from tests.builders.customs import (
    COFFEE,
    TODAY,
    china,
    cny,
    goods,
    mattress,
    order,
    pillows,
    rates_of,
    rulebook,
)


def cost_of(document: OrderDocument, *, annual_used: str | None = None) -> LandedCost:
    used = None if annual_used is None else cny(annual_used)
    rules = china().taxations[document.channel]
    return landed_cost(consignment_of(document, rates_of(document)), rules, annual_used=used)


class TestSampleLane:
    @pytest.mark.parametrize(
        ("document", "dutiable", "tax", "paid"),
        [
            (order(), "70.00", "6.37", "76.37"),
            (order(goods(quantity=2), freight=cny("16.00")), "132.00", "12.01", "144.01"),
            (pillows(1, freight="45.00"), "413.00", "37.58", "450.58"),
            (mattress(), "5700.00", "1385.10", "7085.10"),
        ],
        ids=["A", "B", "C", "D"],
    )
    def test_comes_out_to_the_fen(
        self, document: OrderDocument, dutiable: str, tax: str, paid: str
    ) -> None:
        cost = cost_of(document)

        assert (cost.assessment.dutiable, cost.tax, cost.total) == (
            cny(dutiable),
            cny(tax),
            cny(paid),
        )

    def test_taxes_one_mattress_in_full(self) -> None:
        cost = cost_of(mattress())

        assert cost.assessment.regime == "cbec.single-item"
        assert cost.of(Tax.DUTY) == cny("570.00")
        assert cost.of(Tax.VAT) == cny("815.10")
        assert cost.confidence == "unverified"

    def test_blocks_fourteen_pillows(self) -> None:
        cost = cost_of(pillows(14, freight="300.00"))

        assert [finding.code for finding in cost.findings] == ["-621005"]
        assert (cost.charges, cost.assessment.regime) == ((), None)


class TestLimits:
    @pytest.mark.parametrize(("freight", "codes"), [("300.00", []), ("300.01", ["-621005"])])
    def test_of_one_transaction_includes_its_boundary(self, freight: str, codes: list[str]) -> None:
        line = goods(quantity=10, unit_price=cny("470.00"))

        found = cost_of(order(line, freight=cny(freight))).findings

        assert [finding.code for finding in found] == codes

    @pytest.mark.parametrize(
        ("used", "codes"),
        [(None, []), ("25930.00", []), ("25930.01", ["-621018"]), ("25960.00", ["-621018"])],
    )
    def test_of_one_year_includes_its_boundary(self, used: str | None, codes: list[str]) -> None:
        found = cost_of(order(), annual_used=used).findings

        assert [finding.code for finding in found] == codes

    def test_of_one_year_holds_for_the_single_item_too(self) -> None:
        over = cost_of(mattress(), annual_used="20300.01").findings

        assert [finding.code for finding in over] == ["-621018"]
        assert cost_of(mattress(), annual_used="20300.00").findings == ()

    def test_name_both_when_both_are_passed(self) -> None:
        found = cost_of(pillows(14, freight="300.00"), annual_used="25960.00").findings

        assert [finding.code for finding in found] == ["-621005", "-621018"]

    def test_count_two_cheap_items_as_no_single_item(self) -> None:
        line = goods(quantity=2, unit_price=cny("2740.00"))

        found = cost_of(order(line, freight=cny("220.00"))).findings

        assert [finding.code for finding in found] == ["-621005"]


class TestCompositeRate:
    @pytest.mark.parametrize(
        ("consumption", "vat", "shown"),
        [("0", "0.13", "9.10"), ("0", "0.09", "6.30"), ("0.15", "0.13", "23.06")],
    )
    def test_is_what_the_rule_says(self, consumption: str, vat: str, shown: str) -> None:
        rate = composite_rate(
            consumption=Decimal(consumption), vat=Decimal(vat), share=Decimal("0.70")
        )

        assert f"{rate * 100:.2f}" == shown

    def test_is_shared_by_both_taxes_so_that_they_sum_to_it(self) -> None:
        document = order(goods(unit_price=cny("99.99")), freight=cny("0.00"))
        consignment = consignment_of(document, rates_of(document))
        line = consignment.lines[0]
        cosmetics = {**line.rates, "consumption-tax": fifteen_percent()}
        consignment = replace(consignment, lines=(replace(line, rates=cosmetics),))

        cost = landed_cost(consignment, china().taxations["9610"])

        assert cost.tax == cny("99.99").times_rate(
            Decimal("0.28") / Decimal("0.85") * Decimal("0.7"), Rounding.HALF_UP
        )
        assert cost.of(Tax.VAT) + cost.of(Tax.CONSUMPTION) == cost.tax


class TestCharges:
    def test_say_which_rules_they_rest_on(self) -> None:
        charge = cost_of(order()).charges[0]

        assert (charge.tax, charge.base, charge.rate) == (Tax.VAT, cny("70.00"), Decimal("0.091"))
        assert charge.rounding is Rounding.HALF_UP
        assert [basis.rule for basis in charge.basis] == ["C18", "C4", "C2", "C5"]
        assert all(basis.citation for basis in charge.basis)

    @given(
        prices=st.lists(st.integers(1, 90_000), min_size=1, max_size=5),
        freight=st.integers(0, 40_000),
        discount=st.integers(0, 5_000),
    )
    def test_sum_to_the_total_and_never_lose_a_fen(
        self, prices: list[int], freight: int, discount: int
    ) -> None:
        lines = [
            goods(line_no=number, unit_price=Money(price, "CNY"))
            for number, price in enumerate(prices, start=1)
        ]
        document = order(*lines, freight=Money(freight, "CNY"), discount=Money(discount, "CNY"))
        consignment = consignment_of(document, rates_of(document))

        cost = landed_cost(consignment, china().taxations["9610"])

        parts = ("goods", "freight", "insurance")
        assert total(list(consignment.line_values(parts)), "CNY") == cost.assessment.dutiable
        if not cost.findings:
            assert cost.assessment.dutiable == total([c.base for c in cost.charges], "CNY")
            assert cost.total == document.goods + document.freight + cost.tax - document.discount

    def test_are_none_for_goods_without_a_rate(self) -> None:
        document = order(goods(hs_code="9999999999"))

        with pytest.raises(RateMissing) as refusal:
            cost_of(document)

        assert refusal.value.details == {"measure": "vat", "line_no": 1}

    def test_do_not_mix_currencies(self) -> None:
        ringgit = Money(1_200, "MYR")
        line = goods(unit_price=ringgit)
        document = order(
            line, goods=ringgit, freight=ringgit, tax=ringgit, discount=Money(0, "MYR")
        )

        with pytest.raises(CurrencyMismatch):
            cost_of(document)


class TestPersonalParcel:
    def rules(self) -> PersonalParcelRules:
        rules = china().taxations["personal-parcel"]
        assert isinstance(rules, PersonalParcelRules)
        return rules

    @pytest.mark.parametrize(
        ("quantity", "price", "tax", "codes"),
        [
            (1, "384.61", "0.00", []),
            (1, "384.66", "50.01", []),
            (20, "50.00", "130.00", []),
            (20, "50.01", "0.00", ["C15"]),
            (1, "1000.20", "130.03", []),
        ],
        ids=["waived", "just levied", "at the limit", "over the limit", "one indivisible item"],
    )
    def test_is_taxed_waived_or_refused(
        self, quantity: int, price: str, tax: str, codes: list[str]
    ) -> None:
        document = order(goods(quantity=quantity, unit_price=cny(price)))
        document = replace(document, channel="personal-parcel")

        cost = cost_of(document)

        assert [finding.code for finding in cost.findings] == codes
        assert cost.tax == cny(tax)

    @pytest.mark.parametrize(("origin", "codes"), [("HK", ["C15"]), ("MY", [])])
    def test_has_a_lower_limit_from_nearby(self, origin: str, codes: list[str]) -> None:
        line = goods(quantity=9, unit_price=cny("100.00"), origin=origin)
        document = replace(order(line), channel="personal-parcel")

        assert [finding.code for finding in cost_of(document).findings] == codes


class TestTaxationOf:
    def test_refuses_a_channel_by_which_nothing_is_imported(self) -> None:
        with pytest.raises(ChannelUnknown) as refusal:
            taxation_of("9810", china().taxations)

        assert "9610" in refusal.value.details["channels"]

    def test_finds_the_same_rules_for_every_retail_channel(self) -> None:
        rules = [taxation_of(channel, china().taxations) for channel in ("9610", "1210", "1239")]

        assert all(isinstance(found, CbecRules) for found in rules)


def fifteen_percent() -> TaxRate:
    basis = Basis(rule="C7", key="consumption-tax.test", citation="a test", confidence="sourced")
    return TaxRate(rate=Decimal("0.15"), basis=basis)


def test_coffee_has_no_consumption_tax() -> None:
    assert "consumption-tax" not in rates_of(order(goods(hs_code=COFFEE)))[1]


class TestConsumptionTaxFromAPriceOn:
    @pytest.mark.parametrize(
        ("price", "net_weight_g", "is_levied"),
        [
            ("500.00", 50, True),
            ("499.99", 50, False),
            ("15.00", None, True),
            ("14.99", None, False),
        ],
    )
    def test_goes_by_weight_and_by_piece_where_none_is_stated(
        self, price: str, net_weight_g: int | None, *, is_levied: bool
    ) -> None:
        line = GoodsLine(
            line_no=1,
            hs_code="3304990000",
            origin="MY",
            quantity=1,
            unit_price=cny(price),
            rates={},
            net_weight_g=net_weight_g,
        )
        line = replace(line, rates=rulebook().rates("CN", [line], on=TODAY)[1])

        assert (line.consumption is not None) is is_levied
