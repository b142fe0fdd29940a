"""Money back to the buyer: bounded by one cap per payment, done when the provider confirms.

Tax that customs gave back pays first, then the hub's commission on released goods that are not
kept, then the order's escrow, then the insurer of a lost parcel. What is still missing is taken
from the seller, at home or through its hub. A refund may say which lines of the order it is for;
no line gets more back than its share of what was paid. Until the provider confirms, the money waits
in `buyer_refund_payable`.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

from services.payments.domain import accounts
from services.payments.domain.accounts import AccountKey
from services.payments.domain.answers import refund_answer
from services.payments.domain.commands import Command, Touches
from services.payments.domain.facts import Fact, Refunded
from services.payments.domain.line import LineAmount, OrderLine, allocate, with_refunds
from services.payments.domain.order import OrderMoney
from services.payments.domain.payment import Payment, PaymentState, Step
from services.payments.domain.proceeds import (
    Seller,
    charge_seller,
    pay_seller,
    reclaimed,
    released,
)
from services.payments.domain.refund import Refund, RefundState
from services.payments.domain.rejections import (
    AlreadySettled,
    PaymentNotKnown,
    RefundExceedsCapture,
    RefundExceedsLine,
    RefundNotKnown,
    Rejection,
    not_yet,
    refuse,
)
from services.payments.domain.state import Context, Decision, State, decided
from services.payments.domain.tax import TaxShare, return_tax, tax_accounts
from services.payments.domain.tax_bill import TaxBill
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
    goods_minor: int | None = None
    """How much of it is for goods; unless told, as much as can be."""
    tax: tuple[TaxShare, ...] = ()
    """What customs gives back of it, bill by bill."""
    insured_minor: int = 0
    """What the insurer of lost parcels pays; what the buyer does not need goes to the seller."""
    return_id: str = ""
    is_capped: bool = False
    """Take less when less is left: goodwill, a chargeback or a part refund was quicker."""
    of_lines: tuple[int, ...] = ()
    """The lines of the order it is for: all that is left of them, or the amount shared."""
    lines: tuple[LineAmount, ...] = ()
    """What of it belongs to which line, where that was worked out before."""
    ends_lines: bool = False
    """Whether nothing more is due on those lines: they will not arrive."""

    def touches(self) -> Touches:
        return Touches(
            orders=(self.order_id,),
            payments=(self.payment_id,),
            tax_bills=tuple(share.bill_id for share in self.tax),
        )

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.escrow(self.order_id, self.currency),
            accounts.refundable(self.payment_id, self.currency),
            accounts.refundable_issued(self.currency),
            accounts.buyer_refund_payable(self.currency),
            accounts.fees(self.currency),
            accounts.insurance_receivable(self.order_id, self.currency),
            *tax_accounts(self.tax, self.currency),
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
    left = state.accounts[accounts.refundable(payment.id, command.currency)].available
    if command.of_lines:
        command = _by_line(command, order)
        if command.amount_minor == 0:
            return refuse(RefundExceedsLine, "nothing is left of these lines", field="lines")
    amount = left if command.amount_minor is None else command.amount_minor
    if command.is_capped:
        amount = min(amount, left)
        if amount == 0:
            return _nothing_left(state, command, context, order)
    after = _after(payment, amount=amount, left=left)
    if isinstance(after, Rejection):
        return after
    parts = _parts(state, command, context, order, amount)
    lines = _lines(command, order, amount)
    if isinstance(lines, Rejection):
        return lines
    order = replace(order.without_goods(parts.goods), lines=lines)
    transfers, bills = _transfers(state, command, context, parts, amount)
    charged_at = len(transfers)
    payable = accounts.buyer_refund_payable(command.currency)
    seller = Seller(command.seller_id, command.seller_hub)
    transfers += charge_seller(
        state, seller, context.hub, target=payable, amount=parts.charged, ref=order.id
    )
    facts: list[Fact] = []
    if parts.charged and command.seller_hub != context.hub:
        order = replace(order, version=order.version + 1)
        transfer = transfer_id(context.hub, command.id, charged_at)
        facts.append(
            reclaimed(order, amount=parts.charged, reason=command.reason, transfer=transfer)
        )
    order, paid, told = _pay_on(state, command, context, parts, order, len(transfers))
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
        return_id=command.return_id,
    )
    refunded = replace(payment, state=after, refunded_minor=payment.refunded_minor + amount)
    return decided(
        state,
        [*transfers, *paid],
        answer=refund_answer(refund),
        changed=(order, refunded, refund, *bills),
        facts=[*facts, *told],
    )


def _nothing_left(
    state: State, command: RequestRefund, context: Context, order: OrderMoney
) -> Decision | Rejection:
    """The buyer has everything already: what customs gives back is the seller's, who paid it."""
    parts = _parts(state, command, context, order, 0)
    lines = _lines(command, order, 0)
    if isinstance(lines, Rejection):
        return lines
    order = replace(order, lines=lines)
    payable = accounts.buyer_refund_payable(command.currency)
    back, bills = return_tax(state, command.tax, target=payable, ref=order.id)
    order, paid, told = _pay_on(state, command, context, parts, order, len(back))
    return decided(
        state,
        [*back, *paid],
        answer={"order_id": order.id, "amount_minor": 0},
        changed=(order, *bills),
        facts=told,
    )


class _Parts(NamedTuple):
    """Who pays a refund, in minor units: they sum to it and to `surplus`, what customs gives back
    beyond what the buyer may still get. `goods` is what of the refund is for goods."""

    goods: int
    tax: int
    surplus: int
    held: int
    commission: int
    insurer: int
    charged: int


def _parts(
    state: State, command: RequestRefund, context: Context, order: OrderMoney, amount: int
) -> _Parts:
    tax = sum(share.amount_minor for share in command.tax)
    left = max(0, amount - tax)
    goods = min(left, max(0, order.goods_kept_minor))
    if command.goods_minor is not None:
        goods = min(goods, command.goods_minor)
    returned = -order.commission_to(order.without_goods(goods), context.rules.commission)
    commission = min(left, returned)
    left -= commission
    escrow = accounts.escrow(command.order_id, command.currency)
    held = min(left, state.accounts[escrow].available)
    left -= held
    insurer = min(left, command.insured_minor)
    surplus = max(0, tax - amount)
    return _Parts(goods, tax, surplus, held, commission, insurer, left - insurer)


def _by_line(command: RequestRefund, order: OrderMoney) -> RequestRefund:
    """Return the refund of some lines with what of it belongs to each."""
    lines = order.refund_of(command.of_lines, command.amount_minor)
    amount = sum(each.amount_minor for each in lines)
    return replace(command, amount_minor=amount, lines=lines)


def _lines(
    command: RequestRefund, order: OrderMoney, amount: int
) -> tuple[OrderLine, ...] | Rejection:
    """Return the order's lines after the refund; less than was asked is shared in proportion."""
    if not command.lines:
        return order.lines
    asked = [each.amount_minor for each in command.lines]
    parts = allocate(min(amount, sum(asked)), asked)
    amounts = [LineAmount(each.no, part) for each, part in zip(command.lines, parts, strict=True)]
    shares = dict(order.shares())
    for each in amounts:
        line = order.line(each.no)
        left = shares[each.no] - line.refunded_minor
        if each.amount_minor > left:
            message = f"{left} in minor units are left of line {each.no}"
            return refuse(RefundExceedsLine, message, field="lines")
    return with_refunds(order.lines, amounts, is_end=command.ends_lines)


def _transfers(
    state: State, command: RequestRefund, context: Context, parts: _Parts, amount: int
) -> tuple[list[Transfer], list[TaxBill]]:
    escrow, cap, issued, payable, fees, insurer, *_ = command.accounts(context.hub)
    ref = command.order_id
    back, bills = return_tax(state, command.tax, target=payable, ref=ref)
    ours = (
        Transfer(cap, issued, amount, Purpose.REFUND_CAP, ref),
        Transfer(escrow, payable, parts.held, Purpose.REFUND, ref),
        Transfer(fees, payable, parts.commission, Purpose.COMMISSION_RETURNED, ref),
        Transfer(insurer, payable, parts.insurer, Purpose.INSURANCE_CLAIM, ref),
    )
    return [*(transfer for transfer in ours if transfer.amount), *back], bills


def _pay_on(
    state: State,
    command: RequestRefund,
    context: Context,
    parts: _Parts,
    order: OrderMoney,
    position: int,
) -> tuple[OrderMoney, list[Transfer], list[Fact]]:
    """Pass on to the seller what insurer and customs pay beyond the buyer's refund."""
    seller = Seller(command.seller_id, command.seller_hub)
    sources = (
        (
            accounts.insurance_receivable(command.order_id, command.currency),
            command.insured_minor - parts.insurer,
        ),
        (accounts.buyer_refund_payable(command.currency), parts.surplus),
    )
    paid: list[Transfer] = []
    told: list[Fact] = []
    for source, amount in sources:
        if amount == 0:
            continue
        order = replace(order, version=order.version + 1)
        transfer = transfer_id(context.hub, command.id, position + len(paid))
        paid += pay_seller(state, seller, context.hub, source=source, amount=amount, ref=order.id)
        told.append(released(order, amount=amount, commission=0, tax=0, transfer=transfer))
    return order, paid, told


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
        amount=refund.left_minor,
        reason=refund.reason,
        version=told.version,
        return_id=refund.return_id,
    )
    return decided(
        state,
        (Transfer(payable, psp, refund.left_minor, Purpose.REFUND_PAID, order.id),),
        answer=refund_answer(confirmed),
        changed=(confirmed, told),
        facts=(fact,),
    )
