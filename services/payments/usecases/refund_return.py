"""Give the buyer of a returned parcel its money back, once the goods and customs have spoken."""

from typing import Any

from services.payments.domain.order import returned_amounts
from services.payments.domain.refunds import RequestRefund
from services.payments.domain.tax import TaxShare
from services.payments.store.taxes import ReturnClaim
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.commit import post
from services.payments.usecases.refund_order import refund_of
from shared.kernel.ids import derived_id

RETURNED = "goods-returned"


async def note_return(
    tx: PaymentsTx, *, return_id: str, order_id: str, logistics_no: str, **facts: Any
) -> None:
    """Add to what is known of a return, fields of ReturnClaim; pay when both words are there."""
    await tx.take_turn()
    await tx.orders.find_locked(order_id)
    claim = await tx.taxes.note_return(
        return_id, order_id=order_id, logistics_no=logistics_no, **facts
    )
    if claim.received_at is not None and claim.customs_word and claim.settled_at is None:
        await settle_return(tx, claim)


async def settle_return(tx: PaymentsTx, claim: ReturnClaim) -> None:
    """Refund what the goods are worth and what customs gives back, in one command."""
    command = await _refund(tx, claim)
    if command is not None:
        outcome = await post(tx, command)
        outcome.answered()
    await tx.taxes.settle_return(claim.id, now=tx.now)


async def _refund(tx: PaymentsTx, claim: ReturnClaim) -> RequestRefund | None:
    order = await tx.orders.find(claim.order_id)
    if order is None or order.buyer_hub != tx.hub or not order.payment_id:
        return None
    bill = await tx.taxes.bill_of(claim.order_id, claim.logistics_no)
    tax = 0 if bill is None else min(claim.tax_minor, bill.left_minor)
    if claim.goods_minor + tax == 0:
        return None
    shares: tuple[TaxShare, ...] = ()
    if bill is not None and tax:
        shares = (TaxShare(bill.id, bill.authority, bill.period, tax),)
    return await refund_of(
        tx,
        order,
        command_id=derived_id("cmd", tx.hub, "refund-return", claim.id),
        amount_minor=claim.goods_minor + tax,
        goods_minor=claim.goods_minor,
        tax=shares,
        reason=RETURNED,
        return_id=claim.id,
        is_capped=True,
        lines=returned_amounts(order, claim.lines, claim.goods_minor + tax),
    )
