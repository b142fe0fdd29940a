"""Disputes and chargebacks: bounded by the same cap as refunds, so no buyer is paid twice.

A chargeback wins over a refund that the provider has not confirmed: the refund is voided and its
money, or as much of it as is asked, serves the chargeback. What is still missing comes out of
escrow, then from the seller.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from services.payments.domain import accounts
from services.payments.domain.accounts import AccountKey
from services.payments.domain.answers import dispute_answer
from services.payments.domain.commands import LOOKED_UP, Command, Touches
from services.payments.domain.dispute import Dispute, DisputeKind, DisputeState
from services.payments.domain.facts import Fact
from services.payments.domain.order import OrderMoney
from services.payments.domain.payment import Payment, Step
from services.payments.domain.proceeds import Seller, charge_seller, reclaimed
from services.payments.domain.refund import Refund, RefundState
from services.payments.domain.rejections import (
    AlreadySettled,
    DisputeNotKnown,
    DisputeOpen,
    PaymentNotKnown,
    RefundExceedsCapture,
    Rejection,
    not_yet,
    refuse,
)
from services.payments.domain.state import Context, Decision, State, decided
from services.payments.domain.transfers import Purpose, Transfer, transfer_id

CHARGED_BACK = "charged-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDispute(Command):
    """Put a captured payment in question; without an amount, all that was not refunded."""

    NAME: ClassVar[str] = "open-dispute"
    ABOUT: ClassVar[str] = "order_id"

    dispute_id: str
    payment_id: str
    order_id: str
    currency: str
    kind: str
    reason: str
    amount_minor: int | None = None

    def touches(self) -> Touches:
        return Touches(orders=(self.order_id,), payments=(self.payment_id,))

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (accounts.refundable(self.payment_id, self.currency),)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDispute(Command):
    """End a dispute: `outcome` is won, lost or withdrawn."""

    NAME: ClassVar[str] = "rule-dispute"
    ABOUT: ClassVar[str] = "order_id"

    dispute_id: str
    payment_id: str
    order_id: str
    provider: str
    seller_id: str
    seller_hub: str
    currency: str
    outcome: str
    in_flight: tuple[str, ...] = field(default=(), metadata=LOOKED_UP)
    """Refunds of this payment that the provider had not confirmed when this was prepared."""

    def touches(self) -> Touches:
        return Touches(
            orders=(self.order_id,),
            payments=(self.payment_id,),
            refunds=self.in_flight,
            disputes=(self.dispute_id,),
        )

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.escrow(self.order_id, self.currency),
            accounts.refundable(self.payment_id, self.currency),
            accounts.refundable_issued(self.currency),
            accounts.buyer_refund_payable(self.currency),
            accounts.psp(self.provider, self.currency),
            accounts.fees(self.currency),
            *Seller(self.seller_id, self.seller_hub).accounts(hub, self.currency),
        )


def open_dispute(state: State, command: OpenDispute, context: Context) -> Decision | Rejection:
    payment = state.payments.get(command.payment_id)
    order = state.orders.get(command.order_id)
    if payment is None or order is None:
        return not_yet(PaymentNotKnown, "there is no such payment", field="payment_id")
    after = payment.after(Step.DISPUTE)
    if isinstance(after, Rejection):
        return after
    if order.dispute_id:
        return refuse(DisputeOpen, "the order has an open dispute", dispute_id=order.dispute_id)
    (cap,) = command.accounts(context.hub)
    left = state.accounts[cap].available
    amount = left if command.amount_minor is None else command.amount_minor
    if not 0 < amount <= payment.captured_minor - payment.charged_back_minor:
        return refuse(RefundExceedsCapture, "that is more than was captured", field="amount")
    dispute = Dispute(
        id=command.dispute_id,
        payment_id=payment.id,
        order_id=order.id,
        kind=DisputeKind(command.kind),
        currency=payment.currency,
        amount_minor=amount,
        reason=command.reason,
        state=DisputeState.OPEN,
        opened_at=context.now,
        due_at=context.now + context.rules.dispute_lifetime,
    )
    disputed = replace(order, dispute_id=dispute.id)
    return decided(state, (), answer=dispute_answer(dispute), changed=(dispute, disputed))


def rule_dispute(state: State, command: RuleDispute, context: Context) -> Decision | Rejection:
    dispute = state.disputes.get(command.dispute_id)
    payment = state.payments.get(command.payment_id)
    order = state.orders.get(command.order_id)
    if dispute is None or payment is None or order is None:
        return not_yet(DisputeNotKnown, "there is no such dispute", field="dispute_id")
    if dispute.state is not DisputeState.OPEN:
        return refuse(AlreadySettled, f"the dispute is {dispute.state}", dispute_id=dispute.id)
    ended = replace(dispute, state=DisputeState(command.outcome), ended_at=context.now)
    freed = replace(order, dispute_id="")
    if ended.state is DisputeState.LOST and ended.kind is DisputeKind.CHARGEBACK:
        return _charge_back(state, command, context, ended, payment, freed)
    return decided(state, (), answer=dispute_answer(ended), changed=(ended, freed))


def _charge_back(
    state: State,
    command: RuleDispute,
    context: Context,
    dispute: Dispute,
    payment: Payment,
    order: OrderMoney,
) -> Decision | Rejection:
    """Give the buyer's bank its money, each unit of it counted against the refund cap once."""
    escrow, cap, issued, payable, psp, fees, *_ = command.accounts(context.hub)
    amount = dispute.amount_minor
    taken_over = _take_over(state, command, amount=amount, now=context.now)
    served = sum(part for _, part in taken_over)
    rest = amount - served
    if rest > state.accounts[cap].available:
        return refuse(
            RefundExceedsCapture,
            "the buyer has some of it back already: contest the chargeback with that",
            dispute_id=dispute.id,
        )
    seller = Seller(command.seller_id, command.seller_hub)
    held = min(rest, state.accounts[escrow].available)
    goods = min(rest, order.goods_minor - order.goods_refunded_minor)
    charged_order = order.without_goods(goods)
    returned = -order.commission_to(charged_order, context.rules.commission)
    returned = min(returned, rest - held)
    parts = (
        Transfer(payable, psp, served, Purpose.CHARGEBACK, order.id),
        Transfer(cap, issued, rest, Purpose.REFUND_CAP, order.id),
        Transfer(escrow, psp, held, Purpose.CHARGEBACK, order.id),
        Transfer(fees, psp, returned, Purpose.COMMISSION_RETURNED, order.id),
    )
    transfers = [part for part in parts if part.amount]
    charged_at = len(transfers)
    charged = rest - held - returned
    transfers += charge_seller(state, seller, context.hub, target=psp, amount=charged, ref=order.id)
    order = charged_order
    facts: list[Fact] = []
    if charged and command.seller_hub != context.hub:
        order = replace(order, version=order.version + 1)
        transfer = transfer_id(context.hub, command.id, charged_at)
        facts.append(reclaimed(order, amount=charged, reason=CHARGED_BACK, transfer=transfer))
    changed = _charged(payment, amount=amount, voided=served)
    return decided(
        state,
        transfers,
        answer=dispute_answer(dispute),
        changed=(dispute, order, changed, *(refund for refund, _ in taken_over)),
        facts=facts,
    )


def _take_over(
    state: State, command: RuleDispute, *, amount: int, now: datetime
) -> list[tuple[Refund, int]]:
    """Return the refunds in flight whose money the chargeback takes, each with how much of it."""
    taken = []
    for refund in (state.refunds.get(each) for each in command.in_flight):
        if refund is None or refund.state is not RefundState.REQUESTED or amount == 0:
            continue
        part = min(amount, refund.left_minor)
        amount -= part
        is_over = part == refund.left_minor
        taken.append(
            (
                replace(
                    refund,
                    voided_minor=refund.voided_minor + part,
                    state=RefundState.VOIDED if is_over else refund.state,
                    confirmed_at=now if is_over else None,
                ),
                part,
            )
        )
    return taken


def _charged(payment: Payment, *, amount: int, voided: int) -> Payment:
    """Return the payment after a chargeback of `amount` that voided refunds of `voided`."""
    refunded = payment.refunded_minor - voided
    charged = payment.charged_back_minor + amount
    whole = charged + refunded == payment.captured_minor
    after = payment.after(Step.CHARGE_BACK_ALL if whole else Step.CHARGE_BACK_PART)
    assert not isinstance(after, Rejection), "every captured payment can be charged back"
    return replace(payment, state=after, refunded_minor=refunded, charged_back_minor=charged)
