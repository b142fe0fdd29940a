"""Let an order's money go on as soon as everything known of the order says so."""

from services.payments.domain.escrow import EndAuthorisation
from services.payments.domain.order import (
    OrderMoney,
    OrderParcel,
    clearance_moment,
    give_back_reason,
    insured,
    tax_due,
)
from services.payments.domain.payment import Payment, PaymentState
from services.payments.domain.proceeds import ReleaseOrder
from services.payments.domain.progress import NextStep, next_step
from services.payments.domain.refunds import RequestRefund
from services.payments.domain.tax import BookTax
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.commit import post
from services.payments.usecases.refund_order import refund_of
from services.payments.usecases.settle_lines import settle_lines
from shared.kernel.ids import derived_id

IN_ESCROW = frozenset({PaymentState.CAPTURED, PaymentState.PARTLY_REFUNDED})

SHORT = "short-on-arrival"
"""Why tax is given back for pieces that customs did not find in a parcel."""
MONEY_BACK = frozenset({PaymentState.REFUNDED, PaymentState.CHARGED_BACK})


async def settle_order(tx: PaymentsTx, *, order_id: str) -> None:
    """Book its tax bills, and release or give back what of the order's money has come to its end.

    A release that must wait, because we owe that hub as much as we may, is tried again by a timer.

    Called after every new fact about an order, whichever came first, and as often as one likes.
    """
    order = await tx.orders.find_locked(order_id)
    if order is None or order.buyer_hub != tx.hub or not order.payment_id:
        return
    payment = await tx.payments.find(order.payment_id)
    assert payment is not None, "an order names a payment that exists"
    parcels = await tx.orders.parcels(order_id)
    if payment.state in IN_ESCROW | MONEY_BACK:
        await _book_taxes(tx, order, parcels)
    if payment.state in IN_ESCROW:
        await _give_back_relieved(tx, order, parcels)
    step = next_step(order, parcels, now=tx.now, inspection=tx.rules.inspection)
    if step is not NextStep.GIVE_BACK and order.lines and payment.state in IN_ESCROW:
        await settle_lines(tx, order, parcels, is_last=step is NextStep.RELEASE)
    if step is NextStep.RELEASE and payment.state in IN_ESCROW | MONEY_BACK:
        outcome = await post(tx, _release(tx, order, parcels))
        if outcome.rejection is None or outcome.rejection.is_final:
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
        tax_period=tx.rules.tax_period_of(clearance_moment(parcels)),
    )


async def _book_taxes(tx: PaymentsTx, order: OrderMoney, parcels: list[OrderParcel]) -> None:
    """Make every tax bill payable that is not yet; each is booked once under its parcel."""
    if tax_due(order, parcels) == order.tax_booked_minor:
        return
    for parcel in parcels:
        if parcel.cleared_at is None:
            continue
        named = (tx.hub, BookTax.NAME, order.id, parcel.logistics_no)
        command = BookTax(
            id=derived_id("cmd", *named),
            bill_id=derived_id("bil", *named),
            bill_no=parcel.tax_bill_no,
            order_id=order.id,
            logistics_no=parcel.logistics_no,
            seller_id=order.seller_id,
            seller_hub=order.seller_hub,
            currency=order.currency,
            amount_minor=parcel.tax_minor,
            authority=tx.rules.tax_authority,
            period=tx.rules.tax_period_of(parcel.cleared_at),
        )
        outcome = await post(tx, command)
        outcome.answered()


async def _give_back_relieved(
    tx: PaymentsTx, order: OrderMoney, parcels: list[OrderParcel]
) -> None:
    """Give the buyer back what it paid as tax for pieces that did not arrive, once a parcel."""
    for parcel in parcels:
        if parcel.tax_relieved_minor == 0:
            continue
        command = await refund_of(
            tx,
            order,
            command_id=derived_id("cmd", tx.hub, SHORT, order.id, parcel.logistics_no),
            reason=SHORT,
            amount_minor=parcel.tax_relieved_minor,
            goods_minor=0,
            is_capped=True,
        )
        outcome = await post(tx, command)
        outcome.answered()


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
        refund = RequestRefund(
            id=derived_id("cmd", tx.hub, "give-back", payment.id),
            refund_id=derived_id("rfd", tx.hub, "give-back", payment.id),
            payment_id=payment.id,
            order_id=order.id,
            provider=payment.provider,
            seller_id=order.seller_id,
            seller_hub=order.seller_hub,
            currency=payment.currency,
            reason=give_back_reason(order, parcels),
            insured_minor=insured(order, parcels),
        )
        outcome = await post(tx, refund)
        outcome.answered()
