"""Payments and refunds over HTTP."""

from fastapi import APIRouter, Depends

from services.payments.api.deps import AtCounter, PathId, PaymentsReading, Provider, member_of
from services.payments.domain.answers import payment_answer, refund_answer
from services.payments.domain.original import PaidItem
from services.payments.domain.rejections import RefundNotKnown
from services.payments.usecases.prepare import (
    PaymentWish,
    prepare_authorisation,
    prepare_capture,
    prepare_refund,
    visible_payment,
)
from shared.contracts.payments.api import (
    AuthorisePayment,
    CapturePayment,
    PaymentView,
    Positive,
    RefundView,
    RequestRefund,
)
from shared.kernel.money import Money
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1", tags=["payments"], route_class=DoorRoute)
WRITE = [Depends(requires("payments:write"))]
READ = [Depends(requires("payments:read"))]


@router.post("/payments", status_code=201, dependencies=WRITE)
async def authorise(body: AuthorisePayment, counter: AtCounter, provider: Provider) -> PaymentView:
    """Reserve an order's total at the buyer's payment provider; it may be declined."""
    amount = Money(body.amount.amount_minor, body.amount.currency)
    wish = PaymentWish(
        order_id=body.order_id,
        provider=body.provider,
        amount=amount,
        pay_transaction_id=body.pay_transaction_id,
        payer_id_number=body.payer_id_number,
        payer_name=body.payer_name,
        answer=await provider.authorise(body.order_id, amount, body.instrument),
        items=tuple(PaidItem(item.name, item.link) for item in body.items),
    )
    async with counter.store.reading() as tx:
        command = await prepare_authorisation(
            tx, command_id=counter.command_id, wish=wish, member=counter.member
        )
    return PaymentView.model_validate(await counter.post(command))


@router.get("/payments/{payment_id}", dependencies=READ)
async def read(payment_id: PathId, tx: PaymentsReading, caller: Caller) -> PaymentView:
    """Read one payment of one of your orders."""
    payment, _ = await visible_payment(tx, payment_id=payment_id, member=member_of(caller))
    return PaymentView.model_validate(payment_answer(payment))


@router.post("/payments/{payment_id}/capture", dependencies=WRITE)
async def capture(
    payment_id: PathId, counter: AtCounter, body: CapturePayment = CapturePayment()
) -> PaymentView:
    """Take reserved money into the order's escrow."""
    async with counter.store.reading() as tx:
        command = await prepare_capture(
            tx,
            command_id=counter.command_id,
            payment_id=payment_id,
            amount=_money(body.amount),
            member=counter.member,
        )
    return PaymentView.model_validate(await counter.post(command))


@router.post("/refunds", status_code=201, dependencies=WRITE)
async def refund(body: RequestRefund, counter: AtCounter) -> RefundView:
    """Send money back to the buyer, at most what was captured and is not on its way back yet."""
    async with counter.store.reading() as tx:
        command = await prepare_refund(
            tx,
            command_id=counter.command_id,
            payment_id=body.payment_id,
            amount=_money(body.amount),
            reason=body.reason,
            lines=body.lines or (),
            member=counter.member,
        )
    return RefundView.model_validate(await counter.post(command))


@router.get("/refunds/{refund_id}", dependencies=READ)
async def read_refund(refund_id: PathId, tx: PaymentsReading, caller: Caller) -> RefundView:
    """Read one refund of one of your orders."""
    found = await tx.payments.find_refund(refund_id)
    if found is None:
        raise RefundNotKnown("there is no such refund")
    await visible_payment(tx, payment_id=found.payment_id, member=member_of(caller))
    return RefundView.model_validate(refund_answer(found))


def _money(amount: Positive | None) -> Money | None:
    return None if amount is None else Money(amount.amount_minor, amount.currency)
