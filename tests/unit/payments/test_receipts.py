"""Money nobody can explain, and payouts that come back: every edge, the refused ones too."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.payments.domain.facts import PayoutReturned
from services.payments.domain.payouts import RequestPayout, ReversePayout, SettlePayout
from services.payments.domain.receipts import BookReceipt, LinkReceipt, SendBackReceipt
from tests.builders.payments import MY, NOON, SELLER, Books, an_id, an_order, correction

RECEIPT = an_id("rcp", "1")
UNMATCHED = f"unmatched:{RECEIPT}"
ABOUT = {"receipt_id": RECEIPT, "account": "house", "currency": "CNY"}


def book(**changes: Any) -> BookReceipt:
    command = BookReceipt(
        id=an_id("cmd", "book"),
        amount_minor=9_000,
        party="Wang",
        party_account="ICBK/9",
        text="no idea",
        received_at=NOON,
        **ABOUT,
    )
    return replace(command, **changes)


def link(name: str = "1", minor: int = 7_637, **changes: Any) -> LinkReceipt:
    order = an_order()
    command = LinkReceipt(
        id=an_id("cmd", f"link {name}"),
        order_id=order.id,
        payment_id=an_id("pay", order.order_no),
        provider="simulated",
        amount_minor=minor,
        **ABOUT,
    )
    return replace(command, **changes)


def send_back(name: str = "1") -> SendBackReceipt:
    return SendBackReceipt(id=an_id("cmd", f"back {name}"), **ABOUT)


@pytest.fixture
def books() -> Books:
    books = Books()
    books.captured()
    books.accepted(book())
    return books


class TestReceipt:
    def test_is_ours_and_nobodys_until_it_is_explained(self, books: Books) -> None:
        assert books.balance("bank:house") == books.balance(UNMATCHED) == 9_000

    def test_linked_settles_what_the_provider_owes(self, books: Books) -> None:
        answer = books.accepted(link()).answer

        assert answer["left"]["amount_minor"] == 1_363
        assert books.balance("psp:simulated") == 0
        assert books.balance(UNMATCHED) == 1_363
        assert not any(books.sums().values())

    def test_is_never_linked_beyond_what_it_is_or_what_was_captured(self, books: Books) -> None:
        assert books.refused(link("a", 9_001)) == "payments.link-exceeds-receipt"
        assert books.refused(link("b", 7_638)) == "payments.link-exceeds-capture"
        books.accepted(link("c", 7_000))
        assert books.refused(link("d", 638)) == "payments.link-exceeds-capture"
        assert books.refused(link("e", 1, order_id=an_id("ord", "x"))) == (
            "payments.payment-not-known"
        )
        assert books.balance(UNMATCHED) == 2_000

    def test_used_up_takes_no_further_step(self, books: Books) -> None:
        books.accepted(link("a", 7_000))
        other = an_order("A-002", paid_minor=2_000, goods_minor=2_000, tax_minor=0)
        payment = books.captured(other)
        books.accepted(link("b", 2_000, order_id=other.id, payment_id=payment.id))
        books.now += timedelta(days=15)

        assert books.refused(link("c", 1)) == "payments.receipt-state"
        assert books.refused(send_back()) == "payments.receipt-state"

    def test_goes_back_only_when_its_time_is_over_and_once(self, books: Books) -> None:
        books.accepted(link("a", 7_000))
        books.now += timedelta(days=14, seconds=-1)
        assert books.refused(send_back()) == "payments.receipt-not-due"

        books.now += timedelta(seconds=1)
        answer = books.accepted(send_back()).answer
        books.accepted(send_back())

        assert (answer["state"], answer["sent_back"]["amount_minor"]) == ("sent-back", 2_000)
        assert books.balance("bank:house") == 7_000
        assert books.refused(send_back("again")) == "payments.receipt-state"
        assert books.refused(link("b", 1)) == "payments.receipt-state"


class TestReversedPayout:
    def reverse(self, name: str = "1") -> ReversePayout:
        return ReversePayout(
            id=an_id("cmd", f"reverse {name}", MY),
            payout_id=an_id("out", "1", MY),
            seller_id=SELLER,
            currency="MYR",
            bank_account="simulated",
            return_reason="account-closed",
        )

    def test_is_the_sellers_again_once_and_only_after_it_was_sent(self) -> None:
        books, available = Books(hub=MY), f"seller:{SELLER}:available"
        books.accepted(correction(("bank:simulated", available, "MYR", 500)))
        about = {"payout_id": an_id("out", "1", MY), "seller_id": SELLER, "currency": "MYR"}
        request = RequestPayout(
            id=an_id("cmd", "p", MY), amount_minor=500, beneficiary="MBB/1", **about
        )
        settle = SettlePayout(
            id=an_id("cmd", "s", MY), bank_account="simulated", bank_reference="X", **about
        )

        assert books.refused(self.reverse()) == "payments.payout-not-known"
        books.accepted(request)
        assert books.refused(self.reverse("early")) == "payments.already-settled"
        books.accepted(settle)
        assert books.balance("bank:simulated", "MYR") == 0
        books.accepted(self.reverse())
        assert books.refused(self.reverse("again")) == "payments.already-settled"

        assert books.balance(available, "MYR") == books.balance("bank:simulated", "MYR") == 500
        assert isinstance(books.facts[-1], PayoutReturned)
