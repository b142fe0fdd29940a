"""A seller's money leaves through transit, and comes back when the bank says no."""

from typing import Any

import pytest

from services.payments.domain.facts import PaidOut, PayoutReturned
from services.payments.domain.payouts import RequestPayout, SettlePayout
from tests.builders.payments import MY, SELLER, Books, an_id, correction

AVAILABLE = f"seller:{SELLER}:available"


def payout(**changes: Any) -> RequestPayout:
    values = {
        "id": an_id("cmd", "payout", MY),
        "payout_id": an_id("out", "1", MY),
        "seller_id": SELLER,
        "currency": "MYR",
        "amount_minor": 414_119,
        "beneficiary": "MBBEMYKL/5123456789",
    }
    return RequestPayout(**{**values, **changes})


def settle(**changes: Any) -> SettlePayout:
    values = {
        "id": an_id("cmd", "settle", MY),
        "payout_id": an_id("out", "1", MY),
        "seller_id": SELLER,
        "currency": "MYR",
        "bank_account": "simulated",
        "bank_reference": "SIM1",
    }
    return SettlePayout(**{**values, **changes})


@pytest.fixture
def books() -> Books:
    books = Books(hub=MY)
    books.accepted(correction(("bank:simulated", AVAILABLE, "MYR", 414_119)))
    return books


class TestPayout:
    def test_is_in_transit_until_the_bank_confirms(self, books: Books) -> None:
        books.accepted(payout())
        assert books.balance(AVAILABLE, "MYR") == 0
        assert books.balance(f"transit:{an_id('out', '1', MY)}", "MYR") == 414_119

        books.accepted(settle())

        assert books.balance(f"transit:{an_id('out', '1', MY)}", "MYR") == 0
        assert books.balance("bank:simulated", "MYR") == 0
        assert isinstance(books.facts[-1], PaidOut)

    def test_refuses_more_than_is_available(self, books: Books) -> None:
        before = books.counters()

        assert books.refused(payout(amount_minor=414_120)) == "payments.insufficient-funds"
        # Asked for again after money came in, the same id still gets the same answer.
        books.accepted(correction(("bank:simulated", AVAILABLE, "MYR", 1), name="2"))
        assert books.refused(payout(amount_minor=414_120)) == "payments.insufficient-funds"
        assert books.state.payouts == {}
        assert {k: v for k, v in books.counters().items() if k.currency != "MYR"} == {
            k: v for k, v in before.items() if k.currency != "MYR"
        }

    def test_gives_the_money_back_when_the_bank_returns_it(self, books: Books) -> None:
        books.accepted(payout())

        answer = books.accepted(settle(bank_reference="", return_reason="account-closed")).answer

        assert answer["state"] == "returned"
        assert books.balance(AVAILABLE, "MYR") == 414_119
        assert isinstance(books.facts[-1], PayoutReturned)

    def test_is_settled_once(self, books: Books) -> None:
        books.accepted(payout())
        books.accepted(settle())

        late = settle(id=an_id("cmd", "late", MY), bank_reference="", return_reason="late")

        assert books.refused(late) == "payments.already-settled"

    def test_is_refused_when_nobody_asked_for_it(self, books: Books) -> None:
        assert books.refused(settle()) == "payments.payout-not-known"
