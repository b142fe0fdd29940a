"""What a seller owes is taken before it is paid out, and what is kept back comes free in time."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.payments.domain.payouts import RequestPayout
from services.payments.domain.rules import Percentage
from services.payments.domain.settlement import (
    ChargeFreight,
    FreeReserve,
    FreightDue,
    ReceiveProceeds,
    ReturnProceeds,
)
from shared.kernel.money import Rounding
from tests.builders.payments import CN, MY, SELLER, Books, an_id, some_rules


@pytest.fixture
def books() -> Books:
    return Books(hub=MY)


def proceeds(amount: int, kind: type[Any] = ReceiveProceeds, currency: str = "MYR") -> Any:
    return kind(
        id=an_id("cmd", f"{kind.NAME} {amount}", MY),
        peer=CN,
        peer_transfer_id=an_id("trf", str(amount)),
        order_id=an_id("ord", "A-001"),
        seller_id=SELLER,
        currency=currency,
        amount_minor=amount,
    )


def freight(amount: int) -> ChargeFreight:
    return ChargeFreight(
        id=an_id("cmd", "freight", MY),
        consolidation_id=an_id("con", "1", MY),
        currency="MYR",
        shares=(FreightDue(an_id("ord", "A-001"), SELLER, amount),),
    )


def payout(amount: int, name: str = "1") -> RequestPayout:
    return RequestPayout(
        id=an_id("cmd", f"payout {name}", MY),
        payout_id=an_id("out", name, MY),
        seller_id=SELLER,
        currency="MYR",
        amount_minor=amount,
        beneficiary="MBBEMYKL 114000000001",
    )


class TestPayout:
    def test_pays_owed_freight_first_and_says_so(self, books: Books) -> None:
        books.accepted(proceeds(414_119))
        books.accepted(freight(186_200))

        answer = books.accepted(payout(414_119)).answer

        assert answer["amount"]["amount_minor"] == 227_919
        assert answer["withheld"]["amount_minor"] == 186_200
        assert books.balance(f"seller:{SELLER}:freight", "MYR") == 0
        assert books.balance(f"seller:{SELLER}:available", "MYR") == 0
        assert books.balance(f"transit:{an_id('out', '1', MY)}", "MYR") == 227_919

    def test_withholds_nothing_a_second_time(self, books: Books) -> None:
        books.accepted(proceeds(10_000))
        books.accepted(freight(3_000))
        books.accepted(payout(5_000))

        answer = books.accepted(payout(5_000, "2")).answer

        assert answer["withheld"]["amount_minor"] == 0

    def test_is_refused_when_debts_would_take_all_of_it(self, books: Books) -> None:
        books.accepted(proceeds(10_000))
        books.accepted(freight(3_000))

        assert books.refused(payout(3_000)) == "payments.owed-first"
        assert books.balance(f"seller:{SELLER}:freight", "MYR") == 3_000


class TestReserve:
    @pytest.fixture
    def cautious(self) -> Books:
        rules = some_rules(
            reserve=Percentage(rate=Decimal("0.1"), rounding=Rounding.HALF_UP),
            reserve_lifetime=timedelta(days=30),
        )
        return Books(hub=MY, rules=rules)

    def free(self) -> FreeReserve:
        return FreeReserve(
            id=an_id("cmd", "free", MY),
            slice_id=next(iter(self.kept)),
            order_id=an_id("ord", "A-001"),
            seller_id=SELLER,
            currency="MYR",
        )

    def test_keeps_a_share_of_proceeds_back_and_frees_it_in_time(self, cautious: Books) -> None:
        cautious.accepted(proceeds(10_000))
        self.kept = cautious.state.reserves
        assert cautious.balance(f"seller:{SELLER}:reserve", "MYR") == 1_000

        early = cautious.post(self.free())
        assert getattr(early, "is_final", None) is False
        cautious.now += timedelta(days=30)
        cautious.accepted(self.free())

        assert cautious.balance(f"seller:{SELLER}:available", "MYR") == 10_000
        again = replace(self.free(), id=an_id("cmd", "again", MY))
        assert cautious.refused(again) == "payments.already-settled"

    def test_pays_what_is_taken_back_before_available_money(self, cautious: Books) -> None:
        cautious.accepted(proceeds(10_000))
        self.kept = cautious.state.reserves

        cautious.accepted(proceeds(1_500, ReturnProceeds))
        cautious.now += timedelta(days=30)
        cautious.accepted(self.free())

        assert cautious.balance(f"seller:{SELLER}:reserve", "MYR") == 0
        assert cautious.balance(f"seller:{SELLER}:available", "MYR") == 8_500
        assert cautious.sums() == {"MYR": 0}
