"""Disputes over HTTP: a buyer's bank asks for its money back, and somebody rules on it."""

from fastapi import APIRouter, Depends

from services.payments.api.deps import AtCounter, PathId, PaymentsReading, member_of
from services.payments.domain.answers import dispute_answer
from services.payments.domain.dispute import DisputeKind, DisputeState
from services.payments.domain.rejections import DisputeNotKnown
from services.payments.usecases.dispute_order import prepare_dispute, prepare_ruling
from services.payments.usecases.prepare import visible_payment
from shared.contracts.payments.api import DisputeView, OpenDispute, RuleDispute
from shared.kernel.money import CurrencyMismatch
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1/disputes", tags=["disputes"], route_class=DoorRoute)
OPERATE = [Depends(requires("hub:operate"))]


@router.post("", status_code=201, dependencies=[Depends(requires("payments:write"))])
async def open_dispute(body: OpenDispute, counter: AtCounter) -> DisputeView:
    """Put a payment in question; the order's release waits for the ruling."""
    async with counter.store.reading() as tx:
        payment, _ = await visible_payment(tx, payment_id=body.payment_id, member=counter.member)
    if body.amount is not None and body.amount.currency != payment.currency:
        raise CurrencyMismatch(f"the payment is in {payment.currency}", field="amount.currency")
    command = prepare_dispute(
        payment,
        hub=counter.hub,
        command_id=counter.command_id,
        kind=DisputeKind(body.kind),
        reason=body.reason,
        amount_minor=None if body.amount is None else body.amount.amount_minor,
    )
    return DisputeView.model_validate(await counter.post(command))


@router.get("/{dispute_id}", dependencies=[Depends(requires("payments:read"))])
async def read(dispute_id: PathId, tx: PaymentsReading, caller: Caller) -> DisputeView:
    """Read one dispute of one of your orders."""
    dispute = await tx.disputes.find(dispute_id)
    if dispute is None:
        raise DisputeNotKnown("there is no such dispute")
    await visible_payment(tx, payment_id=dispute.payment_id, member=member_of(caller))
    return DisputeView.model_validate(dispute_answer(dispute))


@router.post("/{dispute_id}/rule", dependencies=OPERATE)
async def rule(dispute_id: PathId, body: RuleDispute, counter: AtCounter) -> DisputeView:
    """End a dispute; a lost chargeback takes the money, refunds in flight first."""
    async with counter.store.reading() as tx:
        command = await prepare_ruling(
            tx,
            command_id=counter.command_id,
            dispute_id=dispute_id,
            outcome=DisputeState(body.outcome),
        )
    return DisputeView.model_validate(await counter.post(command))
