"""The destination's rules on an order at the origin."""

from dataclasses import replace
from typing import Any

import pytest

from services.customs.domain.documents import OrderDocument, Person
from services.customs.domain.preclearance import PreClearance, Verdict, preclear
from shared.kernel.money import Money
from tests.builders.customs import china, cny, goods, mattress, order, packs, pillows, rates_of

TOKEN, OTHER_TOKEN = Person(id_number="buyer_tok_7f3a"), Person(id_number="buyer_tok_0000")


def answer(document: OrderDocument, **known: Any) -> PreClearance:
    return preclear(document, china(), rates_of(document), **known)


def codes(document: OrderDocument, **known: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.field) for finding in answer(document, **known).findings]


class TestPreclear:
    def test_accepts_a_good_order_and_names_the_rules_and_what_it_could_not_see(self) -> None:
        answered = answer(order())

        assert answered.verdict is Verdict.ACCEPTED
        assert answered.pack_digest == packs().of("CN").digest
        assert answered.unchecked == ("annual-limit", "payer")

    def test_accepts_one_mattress_over_the_single_limit(self) -> None:
        assert answer(mattress()).verdict is Verdict.ACCEPTED

    def test_refuses_fourteen_pillows_before_packing(self) -> None:
        answered = answer(pillows(14, freight="300.00"))

        assert answered.verdict is Verdict.REFUSED
        assert [finding.code for finding in answered.findings] == ["-621005"]

    def test_refuses_a_buyer_whose_year_is_used_up_where_that_is_known(self) -> None:
        assert codes(order(), annual_used=cny("25960.00")) == [("-621018", "buyer.annual_used")]
        assert "annual-limit" not in answer(order(), annual_used=cny("0.00")).unchecked

    def test_compares_payer_and_orderer_by_their_tokens(self) -> None:
        tokened = order(orderer=TOKEN, consignee=None)

        assert codes(tokened, payer=TOKEN) == []
        assert codes(tokened, payer=OTHER_TOKEN) == [("C11", "payer.id_number")]

    @pytest.mark.parametrize(
        ("document", "expected"),
        [
            (order(goods(hs_code="210112")), [("N1", "lines[1].hs_code")]),
            (
                order(goods(hs_code="8888888888")),
                [("customs.rate-missing", "lines[1].hs_code")],
            ),
            (order(channel="9810"), [("C8", "channel")]),
            (order(order_no="X" * 61), [("C9", "order_no")]),
            (order(paid=cny("76.38")), [("C10", "paid")]),
            (order(tax=cny("6.36")), [("C2", "tax")]),
            (
                order(goods(total_price=cny("57.00")), goods=cny("58.00")),
                [("C10", "lines[1].total_price"), ("C10", "goods")],
            ),
            (replace(order(), discount=Money(0, "MYR")), [("C10", "currency")]),
        ],
        ids=[
            *("short goods code", "no rate", "no way in", "long number"),
            *("wrong sum", "wrong tax", "price times quantity", "foreign currency"),
        ],
    )
    def test_names_what_is_wrong(
        self, document: OrderDocument, expected: list[tuple[str, str]]
    ) -> None:
        assert codes(document) == expected

    def test_refuses_more_lines_than_a_document_has(self) -> None:
        cheap = [goods(line_no=number, unit_price=cny("1.00")) for number in range(1, 101)]
        document = order(*cheap, freight=cny("0.00"))
        document = replace(document, tax=cny("9.00"), paid=document.goods + cny("9.00"))

        assert codes(document) == [("C9", "lines")]

    def test_says_everything_at_once(self) -> None:
        document = pillows(14, freight="300.00")
        document = replace(document, paid=cny("1.00"), order_no="X" * 61)

        assert [code for code, _ in codes(document)] == ["C9", "C10", "-621005"]
