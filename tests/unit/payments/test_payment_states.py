"""A payment moves along its edges and along nothing else."""

import itertools

import pytest

from services.payments.domain.payment import EDGES, Payment, PaymentState, Step
from services.payments.domain.rejections import Rejection
from tests.builders.payments import NOON, an_id

PAIRS = list(itertools.product(PaymentState, Step))

ALLOWED = {
    ("authorised", "capture"): "captured",
    ("authorised", "void"): "voided",
    ("authorised", "expire"): "expired",
    ("captured", "refund-part"): "partly-refunded",
    ("captured", "refund-all"): "refunded",
    ("captured", "release"): "released",
    ("partly-refunded", "refund-part"): "partly-refunded",
    ("partly-refunded", "refund-all"): "refunded",
    ("partly-refunded", "release"): "released",
    ("released", "refund-part"): "released",
    ("released", "refund-all"): "refunded",
    ("refunded", "release"): "refunded",
    ("charged-back", "release"): "charged-back",
    ("captured", "dispute"): "captured",
    ("partly-refunded", "dispute"): "partly-refunded",
    ("refunded", "dispute"): "refunded",
    ("released", "dispute"): "released",
    ("captured", "charge-back-part"): "partly-refunded",
    ("captured", "charge-back-all"): "charged-back",
    ("partly-refunded", "charge-back-part"): "partly-refunded",
    ("partly-refunded", "charge-back-all"): "charged-back",
    ("released", "charge-back-part"): "released",
    ("released", "charge-back-all"): "charged-back",
    ("refunded", "charge-back-all"): "charged-back",
}
"""Written out again, so that an edge added to the code by accident is noticed here."""


def a_payment(state: PaymentState) -> Payment:
    return Payment(
        id=an_id("pay", "1"),
        order_id=an_id("ord", "1"),
        order_no="1",
        provider="simulated",
        pay_transaction_id="P1",
        currency="CNY",
        state=state,
        authorised_minor=7637,
        expires_at=NOON,
    )


class TestPayment:
    @pytest.mark.parametrize(("state", "step"), [pair for pair in PAIRS if pair in EDGES], ids=str)
    def test_follows_each_edge(self, state: PaymentState, step: Step) -> None:
        assert a_payment(state).after(step) == ALLOWED[state.value, step.value]

    @pytest.mark.parametrize(
        ("state", "step"), [pair for pair in PAIRS if pair not in EDGES], ids=str
    )
    def test_refuses_every_other_step_by_name(self, state: PaymentState, step: Step) -> None:
        refusal = a_payment(state).after(step)

        assert isinstance(refusal, Rejection)
        assert refusal.error.code == "payments.payment-state"
        assert refusal.details["state"] == state.value
        assert (state.value, step.value) not in ALLOWED

    def test_has_as_many_edges_as_are_written_here(self) -> None:
        assert len(EDGES) == len(ALLOWED)
