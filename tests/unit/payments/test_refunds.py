"""Money back: never more than was captured, never lost between asking and confirming."""

import pytest

from services.payments.domain.facts import Reclaimed, Refunded
from services.payments.domain.payment import PaymentState
from tests.builders.payments import (
    CN,
    MY,
    SELLER,
    Books,
    an_id,
    an_order,
    confirm,
    refund,
)


@pytest.fixture
def books() -> Books:
    return Books()


class TestRequestRefund:
    def test_waits_for_the_provider_before_the_buyer_is_told(self, books: Books) -> None:
        payment = books.captured()
        asked = refund(payment)

        books.accepted(asked)
        waiting = books.balance("buyer_refund_payable")
        books.accepted(confirm(asked))

        assert waiting == 7637
        assert books.balance("buyer_refund_payable") == 0
        assert books.balance("psp:simulated") == 0
        assert isinstance(books.facts[-1], Refunded)
        assert books.state.payments[payment.id].state is PaymentState.REFUNDED

    def test_refuses_the_second_sixty_of_a_hundred(self, books: Books) -> None:
        payment = books.captured()
        books.accepted(refund(payment, "1", amount_minor=4600))
        before = books.counters()

        second = refund(payment, "2", amount_minor=4600)

        assert books.refused(second) == "payments.refund-exceeds-capture"
        assert books.counters() == before

    def test_takes_parts_until_nothing_is_left(self, books: Books) -> None:
        payment = books.captured()
        books.accepted(refund(payment, "1", amount_minor=1200))
        part = books.state.payments[payment.id].state
        books.accepted(refund(payment, "2"))

        assert part is PaymentState.PARTLY_REFUNDED
        assert books.state.payments[payment.id].refunded_minor == 7637
        assert books.refused(refund(payment, "3")) == "payments.payment-state"

    def test_refuses_a_payment_that_was_never_captured(self, books: Books) -> None:
        payment = books.authorised()

        assert books.refused(refund(payment)) == "payments.payment-state"

    def test_after_release_is_taken_back_from_the_sellers_hub(self, books: Books) -> None:
        payment = books.released()

        books.accepted(refund(payment, amount_minor=5800))

        assert books.balance("fees") == 0
        assert books.balance(f"due_to_hub:{MY}") == 6710 - (5800 - 290)
        fact = books.facts[-1]
        assert isinstance(fact, Reclaimed)
        assert (fact.amount, fact.debtor_hub, fact.reason) == (5510, MY, "buyer-asked")
        assert books.state.payments[payment.id].state is PaymentState.RELEASED

    def test_after_release_makes_a_seller_at_home_owe_what_it_no_longer_has(
        self, books: Books
    ) -> None:
        payment = books.released(an_order(seller_hub=CN))

        books.accepted(refund(payment, seller_hub=CN))

        assert books.balance(f"seller:{SELLER}:available") == 0
        assert books.balance(f"seller_receivable:{SELLER}") == 7637 - 290 - 6710
        assert books.sums() == {"CNY": 0}


class TestConfirmRefund:
    def test_happens_once(self, books: Books) -> None:
        asked = refund(books.captured())
        books.accepted(asked)
        books.accepted(confirm(asked))

        assert books.accepted(confirm(asked)).answer["state"] == "confirmed"
        again = confirm(asked, id=an_id("cmd", "again"))
        assert books.refused(again) == "payments.already-settled"

    def test_refuses_a_refund_nobody_asked_for(self, books: Books) -> None:
        asked = refund(books.captured())

        assert books.refused(confirm(asked)) == "payments.refund-not-known"
