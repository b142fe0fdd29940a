"""The buyer's money: authorised at a provider, captured into the order's own escrow account."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

from services.payments.domain import accounts
from services.payments.domain.accounts import AccountKey
from services.payments.domain.answers import payment_answer
from services.payments.domain.commands import LOOKED_UP, Command, Touches
from services.payments.domain.facts import Captured
from services.payments.domain.original import PaidItem, PaymentOriginal, ProviderAnswer
from services.payments.domain.payment import Payment, PaymentState, Step
from services.payments.domain.rejections import (
    AmountDiffers,
    CaptureExceedsHold,
    HoldExpired,
    OrderAlreadyPaid,
    OrderCancelled,
    OrderElsewhere,
    OrderNotKnown,
    PaymentNotKnown,
    Rejection,
    not_yet,
    refuse,
)
from services.payments.domain.state import Context, Decision, State, decided
from services.payments.domain.transfers import Purpose, Transfer, TransferKind, transfer_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisePayment(Command):
    """Reserve the order's total at the provider, which has already said yes or no."""

    NAME: ClassVar[str] = "authorise-payment"
    ABOUT: ClassVar[str] = "order_id"

    payment_id: str
    order_id: str
    provider: str
    pay_transaction_id: str
    currency: str
    amount_minor: int
    is_approved: bool = True
    payer_id_number: str | None = None
    payer_name: str | None = None
    answer: ProviderAnswer | None = field(default=None, metadata=LOOKED_UP)
    """What the provider was asked and said; the same request may get a later answer."""
    items: tuple[PaidItem, ...] = ()

    def touches(self) -> Touches:
        return Touches(orders=(self.order_id,))

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.psp(self.provider, self.currency),
            accounts.escrow(self.order_id, self.currency),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturePayment(Command):
    """Take what was authorised, or less of it, into escrow."""

    NAME: ClassVar[str] = "capture-payment"
    ABOUT: ClassVar[str] = "order_id"

    payment_id: str
    order_id: str
    provider: str
    currency: str
    amount_minor: int

    def touches(self) -> Touches:
        return Touches(orders=(self.order_id,), payments=(self.payment_id,))

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.psp(self.provider, self.currency),
            accounts.escrow(self.order_id, self.currency),
            accounts.refundable(self.payment_id, self.currency),
            accounts.refundable_issued(self.currency),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAuthorisation(Command):
    """Give the reserved money back: the order is cancelled, or the hold's time is over."""

    NAME: ClassVar[str] = "end-authorisation"
    ABOUT: ClassVar[str] = "order_id"

    payment_id: str
    order_id: str
    provider: str
    currency: str
    has_expired: bool = False

    def touches(self) -> Touches:
        return Touches(orders=(self.order_id,), payments=(self.payment_id,))

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.psp(self.provider, self.currency),
            accounts.escrow(self.order_id, self.currency),
        )


def authorise_payment(
    state: State, command: AuthorisePayment, context: Context
) -> Decision | Rejection:
    order = state.orders.get(command.order_id)
    if order is None:
        return not_yet(OrderNotKnown, "the order is not known here", field="order_id")
    if order.buyer_hub != context.hub:
        return refuse(OrderElsewhere, f"{order.buyer_hub} takes this buyer's money")
    if order.cancelled_reason:
        return refuse(OrderCancelled, "the order is cancelled", reason=order.cancelled_reason)
    if order.payment_id:
        return refuse(OrderAlreadyPaid, "the order has a payment", payment_id=order.payment_id)
    if (command.amount_minor, command.currency) != (order.paid_minor, order.currency):
        return refuse(
            AmountDiffers,
            f"the order's total is {order.paid_minor} {order.currency} in minor units",
            field="amount",
        )
    payment = Payment(
        id=command.payment_id,
        order_id=order.id,
        order_no=order.order_no,
        provider=command.provider,
        pay_transaction_id=command.pay_transaction_id,
        currency=command.currency,
        state=PaymentState.AUTHORISED if command.is_approved else PaymentState.DECLINED,
        authorised_minor=command.amount_minor if command.is_approved else 0,
        hold_id=transfer_id(context.hub, command.id, 0) if command.is_approved else "",
        expires_at=context.now + context.rules.hold_lifetime,
        payer_id_number=command.payer_id_number,
        payer_name=command.payer_name,
    )
    kept = _original(command, context)
    if not command.is_approved:
        return decided(state, (), answer=payment_answer(payment), changed=(payment, *kept))
    psp, escrow = command.accounts(context.hub)
    hold = Transfer(
        psp, escrow, command.amount_minor, Purpose.AUTHORISATION, order.id, TransferKind.HOLD
    )
    paying = replace(order, payment_id=payment.id)
    return decided(state, (hold,), answer=payment_answer(payment), changed=(payment, paying, *kept))


def _original(command: AuthorisePayment, context: Context) -> tuple[PaymentOriginal, ...]:
    """Return the payment's original data, to be kept as long as the hub's rules say."""
    told = command.answer
    if told is None:
        return ()
    original = PaymentOriginal(
        id=command.payment_id,
        asked=told.asked,
        answered=told.answered,
        verified_by=told.verified_by,
        payee=told.payee,
        answered_at=told.answered_at,
        items=command.items,
        keep_until=context.now + context.rules.originals_lifetime,
    )
    return (original,)


def capture_payment(
    state: State, command: CapturePayment, context: Context
) -> Decision | Rejection:
    payment = state.payments.get(command.payment_id)
    order = state.orders.get(command.order_id)
    if payment is None or order is None:
        return not_yet(PaymentNotKnown, "there is no such payment", field="payment_id")
    after = payment.after(Step.CAPTURE)
    if isinstance(after, Rejection):
        return after
    if context.now >= payment.expires_at:
        return refuse(HoldExpired, "the authorisation has expired", payment_id=payment.id)
    amount = command.amount_minor
    if amount > payment.authorised_minor:
        return refuse(CaptureExceedsHold, "that is more than was authorised", field="amount")
    psp, escrow, cap, issued = command.accounts(context.hub)
    transfers = (
        Transfer(
            psp,
            escrow,
            amount,
            Purpose.CAPTURE,
            order.id,
            TransferKind.CAPTURE,
            payment.hold_id,
            payment.authorised_minor,
        ),
        Transfer(issued, cap, amount, Purpose.REFUND_CAP, order.id),
    )
    captured = replace(payment, state=after, captured_minor=amount, captured_at=context.now)
    paid = replace(order, version=order.version + 1, captured_at=context.now)
    fact = Captured(
        payment_id=payment.id,
        pay_transaction_id=payment.pay_transaction_id,
        order_id=order.id,
        order_no=order.order_no,
        seller_hub=order.seller_hub,
        currency=payment.currency,
        amount=amount,
        payer_id_number=payment.payer_id_number,
        payer_name=payment.payer_name,
        captured_at=context.now,
        version=paid.version,
    )
    return decided(
        state, transfers, answer=payment_answer(captured), changed=(captured, paid), facts=(fact,)
    )


def end_authorisation(
    state: State, command: EndAuthorisation, context: Context
) -> Decision | Rejection:
    payment = state.payments.get(command.payment_id)
    order = state.orders.get(command.order_id)
    if payment is None or order is None:
        return not_yet(PaymentNotKnown, "there is no such payment", field="payment_id")
    after = payment.after(Step.EXPIRE if command.has_expired else Step.VOID)
    if isinstance(after, Rejection):
        return after
    psp, escrow = command.accounts(context.hub)
    given_back = Transfer(
        psp,
        escrow,
        payment.authorised_minor,
        Purpose.AUTHORISATION,
        order.id,
        TransferKind.EXPIRE if command.has_expired else TransferKind.VOID,
        payment.hold_id,
        payment.authorised_minor,
    )
    ended = replace(payment, state=after)
    unpaid = replace(order, payment_id="")
    return decided(state, (given_back,), answer=payment_answer(ended), changed=(ended, unpaid))
