"""Refunds that an event or a deadline asks for: goodwill, and what never came."""

from typing import Any

from services.payments.domain.order import OrderMoney
from services.payments.domain.refunds import RequestRefund
from services.payments.domain.rejections import OrderNotKnown
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.commit import post
from shared.kernel.errors import Rejected
from shared.kernel.ids import derived_id
from shared.kernel.money import Money


class GoodwillCurrencyDiffers(Rejected):
    """Goodwill is given in the currency in which the order was paid."""

    code = "payments.goodwill-currency-differs"


async def refund_of(
    tx: PaymentsTx, order: OrderMoney, *, command_id: str, reason: str, **asked: Any
) -> RequestRefund:
    """Return the refund of an order's payment; `asked` are further fields of the command."""
    payment = await tx.payments.find(order.payment_id)
    assert payment is not None, "an order names a payment that exists"
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
        **asked,
    )


async def grant_goodwill(
    tx: PaymentsTx, *, grant_id: str, order_id: str, amount: Money, reason: str
) -> None:
    """Give a buyer money back without goods or customs, out of the seller's share."""
    await tx.take_turn()
    order = await tx.orders.find_locked(order_id)
    if order is None or not order.payment_id:
        raise OrderNotKnown("the order is not known here, or not paid", order_id=order_id)
    if amount.currency != order.currency:
        raise GoodwillCurrencyDiffers(f"the order was paid in {order.currency}", order_id=order_id)
    command = await refund_of(
        tx,
        order,
        command_id=derived_id("cmd", tx.hub, "goodwill", grant_id),
        reason=reason,
        amount_minor=amount.minor,
        return_id=grant_id,
    )
    outcome = await post(tx, command)
    outcome.answered()


async def refund_overdue(tx: PaymentsTx, order: OrderMoney, *, reason: str) -> None:
    """Give back all that is left of an order that nobody shipped or delivered in time."""
    command_id = derived_id("cmd", tx.hub, reason, order.id)
    outcome = await post(tx, await refund_of(tx, order, command_id=command_id, reason=reason))
    outcome.answered()
