"""Open and end disputes: asked for by an operator, told by a complaint, or because of silence."""

from services.payments.domain.dispute import ON_SILENCE, Dispute, DisputeKind, DisputeState
from services.payments.domain.disputes import OpenDispute, RuleDispute
from services.payments.domain.payment import Payment, PaymentState
from services.payments.domain.rejections import DisputeNotKnown, PaymentNotKnown
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.commit import post
from services.payments.usecases.settle_order import settle_order
from shared.kernel.ids import derived_id

COMPLAINT = "complaint"
FREEZABLE = frozenset({PaymentState.CAPTURED, PaymentState.PARTLY_REFUNDED})


def prepare_dispute(
    payment: Payment,
    *,
    hub: str,
    command_id: str,
    kind: DisputeKind,
    reason: str,
    amount_minor: int | None,
) -> OpenDispute:
    return OpenDispute(
        id=command_id,
        dispute_id=derived_id("dsp", hub, command_id),
        payment_id=payment.id,
        order_id=payment.order_id,
        currency=payment.currency,
        kind=kind.value,
        reason=reason,
        amount_minor=amount_minor,
    )


async def prepare_ruling(
    tx: PaymentsTx, *, command_id: str, dispute_id: str, outcome: DisputeState
) -> RuleDispute:
    """Return the ruling, with the refunds that are in flight now, or raise DisputeNotKnown."""
    dispute = await tx.disputes.find(dispute_id)
    payment = None if dispute is None else await tx.payments.find(dispute.payment_id)
    if dispute is None or payment is None:
        raise DisputeNotKnown("there is no such dispute", field="dispute_id")
    order = await tx.orders.find(dispute.order_id)
    assert order is not None, "a dispute is about an order that exists"
    return RuleDispute(
        id=command_id,
        dispute_id=dispute.id,
        payment_id=payment.id,
        order_id=order.id,
        provider=payment.provider,
        seller_id=order.seller_id,
        seller_hub=order.seller_hub,
        currency=payment.currency,
        outcome=outcome.value,
        in_flight=await tx.disputes.refunds_in_flight(payment.id),
    )


async def freeze_for_complaint(tx: PaymentsTx, *, complaint_id: str, order_id: str) -> None:
    """Stop an order's release while its buyer complains; without money in escrow, do nothing."""
    await tx.take_turn()
    order = await tx.orders.find_locked(order_id)
    payment = None
    if order is not None and order.payment_id and not order.is_released:
        payment = await tx.payments.find(order.payment_id)
    if order is None or payment is None or payment.state not in FREEZABLE or order.dispute_id:
        return
    command_id = _complaint_command(tx, complaint_id)
    command = prepare_dispute(
        payment,
        hub=tx.hub,
        command_id=command_id,
        kind=DisputeKind.COMPLAINT,
        reason=COMPLAINT,
        amount_minor=None,
    )
    outcome = await post(tx, command)
    outcome.answered()


async def unfreeze_after_complaint(tx: PaymentsTx, *, complaint_id: str, order_id: str) -> None:
    """Let the order's money go on; what the complaint granted comes as an event of its own."""
    await tx.take_turn()
    await tx.orders.find_locked(order_id)
    dispute = await tx.disputes.find(
        derived_id("dsp", tx.hub, _complaint_command(tx, complaint_id))
    )
    if dispute is not None and dispute.state is DisputeState.OPEN:
        await end_dispute(tx, dispute, DisputeState.WITHDRAWN)


async def end_silent_dispute(tx: PaymentsTx, dispute: Dispute) -> None:
    """Nobody ruled in time: end it as its kind says."""
    await end_dispute(tx, dispute, ON_SILENCE[dispute.kind])


async def end_dispute(tx: PaymentsTx, dispute: Dispute, state: DisputeState) -> None:
    command_id = derived_id("cmd", tx.hub, "end-dispute", dispute.id)
    command = await prepare_ruling(tx, command_id=command_id, dispute_id=dispute.id, outcome=state)
    outcome = await post(tx, command)
    outcome.answered()
    await settle_order(tx, order_id=dispute.order_id)


async def disputed_payment(tx: PaymentsTx, payment_id: str) -> Payment:
    payment = await tx.payments.find(payment_id)
    if payment is None:
        raise PaymentNotKnown("there is no such payment", field="payment_id")
    return payment


def _complaint_command(tx: PaymentsTx, complaint_id: str) -> str:
    return derived_id("cmd", tx.hub, "freeze", complaint_id)
