"""A payment and its states: what may follow what, and nothing else.

authorised ─ capture ─> captured ─ release ─> released
    │                      │                     │
    ├ void ──> voided      ├ refund part ──> partly-refunded (may still be released)
    └ expire ─> expired    └ refund all ───> refunded

A refund after the release is booked too: it is claimed back from the seller, so `released`
takes part refunds without changing, and the last one makes it `refunded`. A chargeback counts
like a refund; the one that takes the last unit makes it `charged-back`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.payments.domain.rejections import PaymentStateWrong, Rejection, refuse


class PaymentState(StrEnum):
    DECLINED = "declined"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    PARTLY_REFUNDED = "partly-refunded"
    REFUNDED = "refunded"
    RELEASED = "released"
    VOIDED = "voided"
    EXPIRED = "expired"
    CHARGED_BACK = "charged-back"


class Step(StrEnum):
    """What can happen to a payment once it exists."""

    CAPTURE = "capture"
    VOID = "void"
    EXPIRE = "expire"
    REFUND_PART = "refund-part"
    REFUND_ALL = "refund-all"
    RELEASE = "release"
    DISPUTE = "dispute"
    CHARGE_BACK_PART = "charge-back-part"
    CHARGE_BACK_ALL = "charge-back-all"


EDGES: Mapping[tuple[PaymentState, Step], PaymentState] = {
    (PaymentState.AUTHORISED, Step.CAPTURE): PaymentState.CAPTURED,
    (PaymentState.AUTHORISED, Step.VOID): PaymentState.VOIDED,
    (PaymentState.AUTHORISED, Step.EXPIRE): PaymentState.EXPIRED,
    (PaymentState.CAPTURED, Step.REFUND_PART): PaymentState.PARTLY_REFUNDED,
    (PaymentState.CAPTURED, Step.REFUND_ALL): PaymentState.REFUNDED,
    (PaymentState.CAPTURED, Step.RELEASE): PaymentState.RELEASED,
    (PaymentState.PARTLY_REFUNDED, Step.REFUND_PART): PaymentState.PARTLY_REFUNDED,
    (PaymentState.PARTLY_REFUNDED, Step.REFUND_ALL): PaymentState.REFUNDED,
    (PaymentState.PARTLY_REFUNDED, Step.RELEASE): PaymentState.RELEASED,
    (PaymentState.RELEASED, Step.REFUND_PART): PaymentState.RELEASED,
    (PaymentState.RELEASED, Step.REFUND_ALL): PaymentState.REFUNDED,
    # Delivered although the buyer has the money back: the tax is still due, from the seller.
    (PaymentState.REFUNDED, Step.RELEASE): PaymentState.REFUNDED,
    (PaymentState.CHARGED_BACK, Step.RELEASE): PaymentState.CHARGED_BACK,
    # A dispute changes nothing by itself; the order it is about waits.
    (PaymentState.CAPTURED, Step.DISPUTE): PaymentState.CAPTURED,
    (PaymentState.PARTLY_REFUNDED, Step.DISPUTE): PaymentState.PARTLY_REFUNDED,
    (PaymentState.REFUNDED, Step.DISPUTE): PaymentState.REFUNDED,
    (PaymentState.RELEASED, Step.DISPUTE): PaymentState.RELEASED,
    (PaymentState.CAPTURED, Step.CHARGE_BACK_PART): PaymentState.PARTLY_REFUNDED,
    (PaymentState.CAPTURED, Step.CHARGE_BACK_ALL): PaymentState.CHARGED_BACK,
    (PaymentState.PARTLY_REFUNDED, Step.CHARGE_BACK_PART): PaymentState.PARTLY_REFUNDED,
    (PaymentState.PARTLY_REFUNDED, Step.CHARGE_BACK_ALL): PaymentState.CHARGED_BACK,
    (PaymentState.RELEASED, Step.CHARGE_BACK_PART): PaymentState.RELEASED,
    (PaymentState.RELEASED, Step.CHARGE_BACK_ALL): PaymentState.CHARGED_BACK,
    # A refund in flight is taken over: all of the money is back either way.
    (PaymentState.REFUNDED, Step.CHARGE_BACK_ALL): PaymentState.CHARGED_BACK,
}

ENDED_WITHOUT_MONEY = frozenset({PaymentState.DECLINED, PaymentState.VOIDED, PaymentState.EXPIRED})
"""States after which the order may be paid again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A buyer's payment for one order. Amounts in minor units; `refunded_minor` counts refunds
    from the moment they are asked for, so two can't both fit under the capture."""

    id: str
    order_id: str
    order_no: str
    provider: str
    pay_transaction_id: str
    currency: str
    state: PaymentState
    authorised_minor: int
    captured_minor: int = 0
    refunded_minor: int = 0
    hold_id: str = ""
    expires_at: datetime
    captured_at: datetime | None = None
    charged_back_minor: int = 0
    payer_id_number: str | None = None
    payer_name: str | None = None
    received_minor: int = 0
    """What the provider has sent to our bank for it, as far as receipts were linked."""

    def after(self, step: Step) -> PaymentState | Rejection:
        """Return the state that follows, or the refusal."""
        state = EDGES.get((self.state, step))
        if state is None:
            return refuse(
                PaymentStateWrong,
                f"a payment that is {self.state} has no step {step}",
                payment_id=self.id,
                state=self.state.value,
            )
        return state
