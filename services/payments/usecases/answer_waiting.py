"""Bring what waits to an end: payouts and refunds by their institution's answer, the rest by time.

Each pass takes a bounded number and is repeated by a timer; a second pass over the same thing
changes nothing, because the commands' ids follow from what they are about.
"""

from datetime import timedelta

from services.payments.domain.escrow import EndAuthorisation
from services.payments.domain.institutions import Bank, PaymentProvider
from services.payments.domain.outcome import Cause, Instruction
from services.payments.domain.payouts import SettlePayout
from services.payments.domain.refunds import ConfirmRefund
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.commit import commit
from services.payments.usecases.settle_order import settle_order
from shared.kernel.ids import derived_id

PER_PASS_MAX = 200
TIME = Cause("time", "timer")


async def answer_payouts(tx: PaymentsTx, *, bank: Bank, delay: timedelta) -> None:
    """Settle the payouts that are at least `delay` old as the bank says."""
    instructions = []
    for payout in await tx.waiting.payouts(until=tx.now - delay, limit=PER_PASS_MAX):
        answer = await bank.answer(payout)
        command = SettlePayout(
            id=derived_id("cmd", tx.hub, SettlePayout.NAME, payout.id),
            payout_id=payout.id,
            seller_id=payout.seller_id,
            currency=payout.currency,
            bank_account=bank.account,
            bank_reference=answer.reference,
            return_reason=answer.return_reason,
        )
        instructions.append(Instruction(command, TIME))
    await _commit(tx, instructions)


async def answer_refunds(tx: PaymentsTx, *, provider: PaymentProvider, delay: timedelta) -> None:
    """Confirm the refunds that are at least `delay` old and that the provider has paid."""
    instructions = []
    for refund in await tx.waiting.refunds(until=tx.now - delay, limit=PER_PASS_MAX):
        if not await provider.has_refunded(refund.id):
            continue
        command = ConfirmRefund(
            id=derived_id("cmd", tx.hub, ConfirmRefund.NAME, refund.id),
            refund_id=refund.id,
            payment_id=refund.payment_id,
            order_id=refund.order_id,
            provider=refund.provider,
            currency=refund.currency,
        )
        instructions.append(Instruction(command, TIME))
    await _commit(tx, instructions)


async def expire_authorisations(tx: PaymentsTx) -> None:
    """Give back what was reserved for too long."""
    instructions = [
        Instruction(
            EndAuthorisation(
                id=derived_id("cmd", tx.hub, "expire", payment.id),
                payment_id=payment.id,
                order_id=payment.order_id,
                provider=payment.provider,
                currency=payment.currency,
                has_expired=True,
            ),
            TIME,
        )
        for payment in await tx.waiting.authorisations(now=tx.now, limit=PER_PASS_MAX)
    ]
    await _commit(tx, instructions)


async def expire_quotes(tx: PaymentsTx) -> None:
    """Mark quotes whose time is over; they could not be taken any more anyway."""
    await tx.quotes.expire(now=tx.now)


async def settle_waiting_orders(tx: PaymentsTx) -> None:
    """Release orders whose buyers' time to look is over, or that waited for payment or a cap."""
    await tx.take_turn()
    looked_at = tx.now - tx.rules.inspection
    for order_id in await tx.waiting.paid_orders(delivered_until=looked_at, limit=PER_PASS_MAX):
        await settle_order(tx, order_id=order_id)


async def _commit(tx: PaymentsTx, instructions: list[Instruction]) -> None:
    if instructions:
        await commit(tx, instructions)
