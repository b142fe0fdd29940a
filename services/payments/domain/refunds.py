"""Money back to the buyer: bounded by one cap per payment, done when the provider confirms.

The order's escrow pays first; what it no longer holds is taken back from the seller, at home or
through its hub. Until the provider confirms, the money waits in `buyer_refund_payable`.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from services.payments.domain import accounts
from services.payments.domain.accounts import AccountKey
from services.payments.domain.answers import refund_answer
from services.payments.domain.commands import Command, Touches
from services.payments.domain.facts import Fact, Refunded
from services.payments.domain.payment import Payment, PaymentState, Step
from services.payments.domain.proceeds import Seller, charge_seller, reclaimed
from services.payments.domain.refund import Refund, RefundState
from services.payments.domain.rejections import (
    AlreadySettled,
    PaymentNotKnown,
    RefundExceedsCapture,
    RefundNotKnown,
    Rejection,
    not_yet,
    refuse,
)
from services.payments.domain.state import Context, Decision, State, decided
from services.payments.domain.transfers import Purpose, Transfer, transfer_id


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefund(Command):
    """Send money back to the buyer; without an amount, all that was not sent back yet."""

    NAME: ClassVar[str] = "request-refund"
    ABOUT: ClassVar[str] = "order_id"

    refund_id: str
    payment_id: str
    order_id: str
    provider: str
    seller_id: str
    seller_hub: str
    currency: str
    reason: str
    amount_minor: int | None = None

    def touches(self) -> Touches:
        return Touches(orders=(self.order_id,), payments=(self.payment_id,))

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.escrow(self.order_id, self.currency),
            accounts.refundable(self.payment_id, self.currency),
            accounts.refundable_issued(self.currency),
            accounts.buyer_refund_payable(self.currency),
            *Seller(self.seller_id, self.seller_hub).accounts(hub, self.currency),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmRefund(Command):
    """The provider says that the buyer has the money back."""

    NAME: ClassVar[str] = "confirm-refund"
    ABOUT: ClassVar[str] = "order_id"

    refund_id: str
    payment_id: str
    order_id: str
    provider: str
    currency: str

    def touches(self) -> Touches:
        return Touches(
            orders=(self.order_id,), payments=(self.payment_id,), refunds=(self.refund_id,)
        )

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.buyer_refund_payable(self.currency),
            accounts.psp(self.provider, self.currency),
        )


def request_refund(state: State, command: RequestRefund, context: Context) -> Decision | Rejection:
    payment = state.payments.get(command.payment_id)
    order = state.orders.get(command.order_id)
    if payment is None or order is None:
        return not_yet(PaymentNotKnown, "there is no such payment", field="payment_id")
    escrow, cap, issued, payable, *_ = command.accounts(context.hub)
    left = state.accounts[cap].available
    amount = left if command.amount_minor is None else command.amount_minor
    after = _after(payment, amount=amount, left=left)
    if isinstance(after, Rejection):
        return after
    held = min(amount, state.accounts[escrow].available)
    transfers = [Transfer(cap, issued, amount, Purpose.REFUND_CAP, order.id)]
    if held:
        transfers.append(Transfer(escrow, payable, held, Purpose.REFUND, order.id))
    charged_at = len(transfers)
    transfers += charge_seller(
        state,
        Seller(command.seller_id, command.seller_hub),
        context.hub,
        target=payable,
        amount=amount - held,
        ref=order.id,
    )
    facts: list[Fact] = []
    if amount > held and command.seller_hub != context.hub:
        order = replace(order, version=order.version + 1)
        transfer = transfer_id(context.hub, command.id, charged_at)
        facts.append(
            reclaimed(order, amount=amount - held, reason=command.reason, transfer=transfer)
        )
    refund = Refund(
        id=command.refund_id,
        payment_id=payment.id,
        order_id=order.id,
        provider=command.provider,
        currency=payment.currency,
        amount_minor=amount,
        reason=command.reason,
        state=RefundState.REQUESTED,
        requested_at=context.now,
    )
    refunded = replace(payment, state=after, refunded_minor=payment.refunded_minor + amount)
    return decided(
        state,
        transfers,
        answer=refund_answer(refund),
        changed=(order, refunded, refund),
        facts=facts,
    )


def _after(payment: Payment, *, amount: int, left: int) -> PaymentState | Rejection:
    """Return the payment's next state if `amount` may go back while `left` is not back yet."""
    after = payment.after(Step.REFUND_ALL if amount == left else Step.REFUND_PART)
    if isinstance(after, PaymentState) and amount > left:
        return refuse(
            RefundExceedsCapture,
            f"only {left} {payment.currency} in minor units are left to refund",
            field="amount",
        )
    return after


def confirm_refund(state: State, command: ConfirmRefund, context: Context) -> Decision | Rejection:
    refund = state.refunds.get(command.refund_id)
    order = state.orders.get(command.order_id)
    if refund is None or order is None:
        return not_yet(RefundNotKnown, "there is no such refund", field="refund_id")
    if refund.state is not RefundState.REQUESTED:
        return refuse(AlreadySettled, f"the refund is {refund.state}", refund_id=refund.id)
    payable, psp = command.accounts(context.hub)
    confirmed = replace(refund, state=RefundState.CONFIRMED, confirmed_at=context.now)
    told = replace(order, version=order.version + 1)
    fact = Refunded(
        payment_id=refund.payment_id,
        order_id=order.id,
        order_no=order.order_no,
        seller_hub=order.seller_hub,
        currency=refund.currency,
        amount=refund.amount_minor,
        reason=refund.reason,
        version=told.version,
    )
    return decided(
        state,
        (Transfer(payable, psp, refund.amount_minor, Purpose.REFUND_PAID, order.id),),
        answer=refund_answer(confirmed),
        changed=(confirmed, told),
        facts=(fact,),
    )
