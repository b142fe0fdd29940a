"""Turn what a caller asks for into the command the ledger will decide.

What never changes about an order, a payment or a quote is read here and put into the command;
what may change is left to the decision. `member` is who asks; None is an operator, who may all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.payments.domain.escrow import AuthorisePayment, CapturePayment
from services.payments.domain.exchange import TakeQuote
from services.payments.domain.order import OrderMoney
from services.payments.domain.original import PaidItem, ProviderAnswer
from services.payments.domain.payment import Payment
from services.payments.domain.payouts import RequestPayout
from services.payments.domain.refunds import RequestRefund
from services.payments.domain.rejections import OrderNotKnown, PaymentNotKnown, QuoteNotKnown
from services.payments.store.tx import PaymentsTx
from shared.kernel.errors import Forbidden
from shared.kernel.ids import derived_id
from shared.kernel.money import CurrencyMismatch, Money

REFERENCE_LENGTH = 20


class NotYourAccount(Forbidden):
    """A seller moves its own money only."""

    code = "payments.not-your-account"


@dataclass(frozen=True, kw_only=True)
class PaymentWish:
    """What a marketplace says about its buyer's payment, and what the provider answered."""

    order_id: str
    provider: str
    amount: Money
    pay_transaction_id: str | None
    payer_id_number: str | None
    payer_name: str | None
    answer: ProviderAnswer
    items: tuple[PaidItem, ...] = ()


async def prepare_authorisation(
    tx: PaymentsTx, *, command_id: str, wish: PaymentWish, member: str | None
) -> AuthorisePayment:
    """Return the authorisation with the provider's answer, or raise OrderNotKnown."""
    order = await tx.orders.find(wish.order_id)
    if order is None or member not in (None, order.marketplace_id):
        raise OrderNotKnown("the order is not known here", field="order_id")
    payment_id = derived_id("pay", tx.hub, command_id)
    return AuthorisePayment(
        id=command_id,
        payment_id=payment_id,
        order_id=order.id,
        provider=wish.provider,
        pay_transaction_id=wish.pay_transaction_id or payment_id[-REFERENCE_LENGTH:].upper(),
        currency=wish.amount.currency,
        amount_minor=wish.amount.minor,
        is_approved=wish.answer.is_approved,
        payer_id_number=wish.payer_id_number,
        payer_name=wish.payer_name,
        answer=wish.answer,
        items=wish.items,
    )


async def prepare_capture(
    tx: PaymentsTx, *, command_id: str, payment_id: str, amount: Money | None, member: str | None
) -> CapturePayment:
    """Return the capture of all that was authorised unless an amount is given."""
    payment, _ = await visible_payment(tx, payment_id=payment_id, member=member)
    return CapturePayment(
        id=command_id,
        payment_id=payment.id,
        order_id=payment.order_id,
        provider=payment.provider,
        currency=payment.currency,
        amount_minor=payment.authorised_minor if amount is None else _minor(amount, payment),
    )


async def prepare_refund(
    tx: PaymentsTx,
    *,
    command_id: str,
    payment_id: str,
    amount: Money | None,
    reason: str,
    lines: Sequence[int],
    member: str | None,
) -> RequestRefund:
    """Return the refund of all that is left, of these lines if any, unless an amount is given."""
    payment, order = await visible_payment(tx, payment_id=payment_id, member=member)
    for no in lines:
        order.line(no)
    return RequestRefund(
        id=command_id,
        refund_id=derived_id("rfd", tx.hub, command_id),
        payment_id=payment.id,
        order_id=order.id,
        provider=payment.provider,
        seller_id=order.seller_id,
        seller_hub=order.seller_hub,
        currency=payment.currency,
        reason=reason,
        amount_minor=None if amount is None else _minor(amount, payment),
        of_lines=tuple(sorted(set(lines))),
    )


async def prepare_acceptance(
    tx: PaymentsTx, *, command_id: str, quote_id: str, member: str | None
) -> TakeQuote:
    quote = await tx.quotes.find(quote_id)
    if quote is None or member not in (None, quote.seller_id):
        raise QuoteNotKnown("there is no such quote", field="quote_id")
    return TakeQuote(
        id=command_id,
        quote_id=quote.id,
        seller_id=quote.seller_id,
        source_currency=quote.source_currency,
        target_currency=quote.target_currency,
        advances=await tx.finance.open_ids(quote.seller_id, currency=quote.target_currency),
    )


def prepare_payout(
    *, hub: str, command_id: str, seller_id: str, amount: Money, beneficiary: str
) -> RequestPayout:
    return RequestPayout(
        id=command_id,
        payout_id=derived_id("out", hub, command_id),
        seller_id=seller_id,
        currency=amount.currency,
        amount_minor=amount.minor,
        beneficiary=beneficiary,
    )


async def visible_payment(
    tx: PaymentsTx, *, payment_id: str, member: str | None
) -> tuple[Payment, OrderMoney]:
    """Return a payment and its order if `member` may see it, or raise PaymentNotKnown."""
    payment = await tx.payments.find(payment_id)
    order = None if payment is None else await tx.orders.find(payment.order_id)
    if payment is None or order is None or member not in (None, order.marketplace_id):
        raise PaymentNotKnown("there is no such payment", field="payment_id")
    return payment, order


def acting_for(seller_id: str, *, member: str | None) -> str:
    """Return the seller whose money is moved, or raise NotYourAccount."""
    if member not in (None, seller_id):
        raise NotYourAccount("a seller moves its own money only", field="seller_id")
    return seller_id


def _minor(amount: Money, payment: Payment) -> int:
    """Return the amount in the payment's minor units, or raise CurrencyMismatch."""
    if amount.currency != payment.currency:
        raise CurrencyMismatch(f"the payment is in {payment.currency}", field="amount.currency")
    return amount.minor
