"""Let an order's money go on as soon as everything known of the order says so."""

from services.payments.domain.escrow import EndAuthorisation
from services.payments.domain.order import (
    NextStep,
    OrderMoney,
    OrderParcel,
    clearance_moment,
    next_step,
    tax_due,
)
from services.payments.domain.payment import Payment, PaymentState
from services.payments.domain.proceeds import ReleaseOrder
from services.payments.domain.refunds import RequestRefund
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.commit import post
from shared.kernel.ids import derived_id

IN_ESCROW = frozenset({PaymentState.CAPTURED, PaymentState.PARTLY_REFUNDED})


async def settle_order(tx: PaymentsTx, *, order_id: str) -> None:
    """Release or give back the order's money, if its time has come; otherwise do nothing.

    Called after every new fact about an order, whichever came first, and as often as one likes.
    """
    order = await tx.orders.find_locked(order_id)
    if order is None or order.buyer_hub != tx.hub or not order.payment_id:
        return
    payment = await tx.payments.find(order.payment_id)
    assert payment is not None, "an order names a payment that exists"
    parcels = await tx.orders.parcels(order_id)
    step = next_step(order, parcels)
    if step is NextStep.RELEASE and payment.state in IN_ESCROW | {PaymentState.REFUNDED}:
        outcome = await post(tx, _release(tx, order, parcels))
        outcome.answered()
    elif step is NextStep.GIVE_BACK:
        await _give_back(tx, order, payment, parcels)


def _release(tx: PaymentsTx, order: OrderMoney, parcels: list[OrderParcel]) -> ReleaseOrder:
    return ReleaseOrder(
        id=derived_id("cmd", tx.hub, ReleaseOrder.NAME, order.id),
        order_id=order.id,
        payment_id=order.payment_id,
        seller_id=order.seller_id,
        seller_hub=order.seller_hub,
        currency=order.currency,
        tax_minor=tax_due(order, parcels),
        tax_authority=tx.rules.tax_authority,
        tax_period=tx.rules.tax_period.of(clearance_moment(parcels)),
    )


async def _give_back(
    tx: PaymentsTx, order: OrderMoney, payment: Payment, parcels: list[OrderParcel]
) -> None:
    if payment.state is PaymentState.AUTHORISED:
        ended = EndAuthorisation(
            id=derived_id("cmd", tx.hub, EndAuthorisation.NAME, payment.id),
            payment_id=payment.id,
            order_id=order.id,
            provider=payment.provider,
            currency=payment.currency,
        )
        outcome = await post(tx, ended)
        outcome.answered()
    elif payment.state in IN_ESCROW:
        sent_back = next((p.sent_back_reason for p in parcels if p.sent_back_reason), "")
        refund = RequestRefund(
            id=derived_id("cmd", tx.hub, "give-back", payment.id),
            refund_id=derived_id("rfd", tx.hub, "give-back", payment.id),
            payment_id=payment.id,
            order_id=order.id,
            provider=payment.provider,
            seller_id=order.seller_id,
            seller_hub=order.seller_hub,
            currency=payment.currency,
            reason=order.cancelled_reason or sent_back,
        )
        outcome = await post(tx, refund)
        outcome.answered()
