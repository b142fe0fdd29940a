"""Disputes and chargebacks: one cap with refunds, and never a unit twice."""

import pytest

from services.payments.domain.facts import Reclaimed
from services.payments.domain.payment import PaymentState
from services.payments.domain.refund import RefundState
from tests.builders.payments import (
    MY,
    Books,
    an_id,
    confirm,
    dispute,
    refund,
    release,
    rule,
)


@pytest.fixture
def books() -> Books:
    return Books()


class TestOpenDispute:
    def test_stops_the_release_and_nothing_else(self, books: Books) -> None:
        payment = books.captured()
        books.accepted(dispute(payment))

        waiting = books.post(release(books.state.orders[payment.order_id]))

        assert getattr(waiting, "is_final", None) is False
        books.accepted(rule(payment, "won"))
        books.accepted(release(books.state.orders[payment.order_id]))
        assert books.balance(f"escrow:{payment.order_id}") == 0

    def test_refuses_a_second_one_and_more_than_was_captured(self, books: Books) -> None:
        payment = books.captured()

        code = books.refused(dispute(payment, id=an_id("cmd", "x"), amount_minor=7638))
        books.accepted(dispute(payment))
        second = books.refused(dispute(payment, id=an_id("cmd", "y")))

        assert code == "payments.refund-exceeds-capture"
        assert second == "payments.dispute-open"

    def test_refuses_a_payment_that_was_never_captured(self, books: Books) -> None:
        assert books.refused(dispute(books.authorised())) == "payments.payment-state"


class TestChargeback:
    def test_takes_the_escrow(self, books: Books) -> None:
        payment = books.captured()
        books.accepted(dispute(payment))

        books.accepted(rule(payment))

        assert books.balance("psp:simulated") == 0
        assert books.balance(f"escrow:{payment.order_id}") == 0
        assert books.balance(f"refundable:{payment.id}") == 0
        assert books.state.payments[payment.id].state is PaymentState.CHARGED_BACK
        assert books.sums() == {"CNY": 0}

    def test_after_the_release_takes_commission_and_proceeds_back(self, books: Books) -> None:
        payment = books.released()
        books.accepted(dispute(payment, amount_minor=5800))

        books.accepted(rule(payment))

        assert books.balance("fees") == 0
        assert books.balance(f"due_to_hub:{MY}") == 6710 - (5800 - 290)
        told = books.facts[-1]
        assert isinstance(told, Reclaimed)
        assert (told.amount, told.reason) == (5510, "charged-back")

    def test_wins_over_a_refund_in_flight(self, books: Books) -> None:
        payment = books.captured()
        asked = refund(payment)
        books.accepted(asked)
        books.accepted(dispute(payment, amount_minor=7637))

        books.accepted(rule(payment, in_flight=(asked.refund_id,)))

        assert books.state.refunds[asked.refund_id].state is RefundState.VOIDED
        assert books.balance("buyer_refund_payable") == 0
        assert books.balance("psp:simulated") == 0
        assert books.refused(confirm(asked)) == "payments.already-settled"

    def test_takes_only_its_part_of_a_larger_refund(self, books: Books) -> None:
        payment = books.captured()
        asked = refund(payment)
        books.accepted(asked)
        books.accepted(dispute(payment, amount_minor=4000))

        books.accepted(rule(payment, in_flight=(asked.refund_id,)))
        books.accepted(confirm(asked))

        assert books.balance("psp:simulated") == 0
        assert books.balance("buyer_refund_payable") == 0
        kept = books.state.payments[payment.id]
        assert (kept.refunded_minor, kept.charged_back_minor) == (3637, 4000)

    def test_refuses_to_pay_what_the_provider_has_refunded(self, books: Books) -> None:
        payment = books.captured()
        asked = refund(payment)
        books.accepted(asked)
        books.accepted(confirm(asked))
        books.accepted(dispute(payment, amount_minor=7637))

        code = books.refused(rule(payment, in_flight=(asked.refund_id,)))

        assert code == "payments.refund-exceeds-capture"

    def test_counts_against_the_cap_of_later_refunds(self, books: Books) -> None:
        payment = books.captured()
        books.accepted(dispute(payment, amount_minor=6000))
        books.accepted(rule(payment))

        code = books.refused(refund(payment, amount_minor=6000))

        assert code == "payments.refund-exceeds-capture"

    def test_ends_once(self, books: Books) -> None:
        payment = books.captured()
        books.accepted(dispute(payment))
        books.accepted(rule(payment, "withdrawn"))

        assert books.refused(rule(payment, id=an_id("cmd", "2"))) == "payments.already-settled"
        assert books.balance(f"escrow:{payment.order_id}") == 7637
