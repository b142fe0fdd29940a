"""The buyer's money: held at the provider, captured into the order's own escrow, or let go."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.payments.domain.facts import Captured
from services.payments.domain.payment import PaymentState
from services.payments.domain.transfers import TransferKind
from tests.builders.payments import MY, Books, an_id, an_order, authorise, capture, end


@pytest.fixture
def books() -> Books:
    return Books()


class TestAuthorise:
    def test_holds_the_order_total_without_posting_it(self, books: Books) -> None:
        order = books.knows()

        decision = books.accepted(authorise(order))

        assert [t.kind for t in decision.transfers] == [TransferKind.HOLD]
        escrow = books.state.accounts[decision.transfers[0].credit]
        assert (escrow.balance, escrow.credits_pending) == (0, 7637)

    def test_refuses_an_order_it_does_not_know_and_keeps_nothing(self, books: Books) -> None:
        command = authorise(an_order())

        assert books.refused(command) == "payments.order-not-known"
        books.knows()
        assert books.accepted(command).answer["state"] == "authorised"

    def test_refuses_a_second_payment_of_the_same_order(self, books: Books) -> None:
        order = an_order()
        books.authorised(order)

        second = authorise(order, id=an_id("cmd", "2"), payment_id=an_id("pay", "2"))

        assert books.refused(second) == "payments.order-already-paid"

    def test_allows_another_payment_after_a_declined_one(self, books: Books) -> None:
        order = books.knows()
        declined = authorise(
            order, id=an_id("cmd", "no"), payment_id=an_id("pay", "no"), is_approved=False
        )

        assert books.accepted(declined).answer["state"] == "declined"
        assert books.accepted(authorise(order)).answer["state"] == "authorised"

    @pytest.mark.parametrize("changes", [{"amount_minor": 7636}, {"currency": "MYR"}])
    def test_refuses_anything_but_the_order_total(
        self, books: Books, changes: dict[str, object]
    ) -> None:
        assert books.refused(authorise(books.knows(), **changes)) == "payments.amount-differs"

    def test_refuses_at_any_hub_but_the_buyers(self) -> None:
        books = Books(hub=MY)

        assert books.refused(authorise(books.knows())) == "payments.order-elsewhere"

    def test_refuses_a_cancelled_order(self, books: Books) -> None:
        order = books.knows(an_order(cancelled_reason="out-of-stock"))

        assert books.refused(authorise(order)) == "payments.order-cancelled"


class TestCapture:
    def test_moves_the_total_into_the_orders_escrow(self, books: Books) -> None:
        payment = books.captured()

        assert payment.state is PaymentState.CAPTURED
        assert books.balance(f"escrow:{payment.order_id}") == 7637
        assert books.balance("psp:simulated") == 7637
        assert books.balance(f"refundable:{payment.id}") == 7637
        assert books.sums() == {"CNY": 0}

    def test_tells_the_sellers_hub_with_the_payer_for_our_own_customs(self, books: Books) -> None:
        books.captured()

        (fact,) = books.facts
        assert isinstance(fact, Captured)
        assert (fact.amount, fact.seller_hub, fact.payer_name) == (7637, MY, "Zhang San")

    def test_gives_back_what_it_does_not_take(self, books: Books) -> None:
        payment = books.authorised()

        books.accepted(capture(payment, amount_minor=7000))

        psp = next(a for k, a in books.state.accounts.items() if k.code == "psp:simulated")
        assert (psp.balance, psp.debits_pending) == (7000, 0)

    def test_refuses_more_than_was_authorised(self, books: Books) -> None:
        payment = books.authorised()

        assert books.refused(capture(payment, amount_minor=7638)) == (
            "payments.capture-exceeds-hold"
        )

    def test_refuses_a_hold_whose_time_is_over(self, books: Books) -> None:
        payment = books.authorised()
        books.now += timedelta(days=7)

        assert books.refused(capture(payment)) == "payments.hold-expired"

    def test_happens_once_however_often_it_is_asked(self, books: Books) -> None:
        payment = books.captured()
        before = books.counters()

        again = books.accepted(capture(payment))
        other = replace(capture(payment), id=an_id("cmd", "another capture"))

        assert again.answer["state"] == "captured"
        assert books.refused(other) == "payments.payment-state"
        assert books.counters() == before

    def test_never_carries_the_payer_into_an_answer(self, books: Books) -> None:
        payment = books.authorised()

        answer = books.accepted(capture(payment)).answer

        assert "Zhang" not in str(answer)
        assert "330106190001010017" not in str(answer)


class TestEndAuthorisation:
    @pytest.mark.parametrize(("expired", "state"), [(False, "voided"), (True, "expired")])
    def test_gives_the_held_money_back_and_lets_the_order_be_paid_again(
        self, books: Books, expired: bool, state: str
    ) -> None:
        payment = books.authorised()

        answer = books.accepted(end(payment, has_expired=expired)).answer
        again = authorise(
            books.state.orders[payment.order_id],
            id=an_id("cmd", "again"),
            payment_id=an_id("pay", "again"),
        )

        assert answer["state"] == state
        assert all(a.debits_pending == 0 for a in books.state.accounts.values())
        assert books.accepted(again).answer["state"] == "authorised"

    def test_refuses_once_the_money_was_captured(self, books: Books) -> None:
        payment = books.captured()

        assert books.refused(end(payment)) == "payments.payment-state"
