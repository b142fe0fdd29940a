"""What time ends when nobody else does; each end has a name that the buyer and seller can read."""

from datetime import timedelta

import structlog

from services.payments.domain.order import NOT_DELIVERED, NOT_SHIPPED
from services.payments.domain.outcome import Cause, Instruction
from services.payments.domain.settlement import FreeReserve
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.commit import commit
from services.payments.usecases.dispute_order import end_silent_dispute
from services.payments.usecases.refund_order import refund_overdue
from services.payments.usecases.refund_return import settle_return
from services.payments.usecases.settle_lines import refund_overdue_lines
from services.payments.usecases.settle_order import settle_order
from shared.kernel.ids import derived_id

log = structlog.get_logger(__name__)

PER_PASS_MAX = 200
CUSTOMS_SPEAKS_WITHIN = timedelta(days=45)
"""C13 gives a return 45 days; a customs that says nothing by then keeps the tax."""


async def end_silent_disputes(tx: PaymentsTx) -> None:
    await tx.take_turn()
    for dispute in await tx.disputes.due(now=tx.now, limit=PER_PASS_MAX):
        await end_silent_dispute(tx, dispute)


async def refund_overdue_orders(tx: PaymentsTx) -> None:
    """Refund what nobody shipped (`not-shipped`) or delivered (`not-delivered`) in time."""
    await tx.take_turn()
    overdue = await tx.waiting.overdue_orders(
        unshipped_since=tx.now - tx.rules.ship_within,
        undelivered_since=tx.now - tx.rules.deliver_within,
        limit=PER_PASS_MAX,
    )
    for order_id, is_shipped in overdue:
        await _refund_overdue(
            tx, order_id=order_id, reason=NOT_DELIVERED if is_shipped else NOT_SHIPPED
        )


async def _refund_overdue(tx: PaymentsTx, *, order_id: str, reason: str) -> None:
    """Give back what nobody brought: all that is left, or the lines still missing."""
    order = await tx.orders.find_locked(order_id)
    assert order is not None, "an overdue order is known"
    parcels = await tx.orders.parcels(order_id)
    if order.lines and any(parcel.delivered_at is not None for parcel in parcels):
        await refund_overdue_lines(tx, order, parcels, reason=reason)
        await settle_order(tx, order_id=order_id)
    else:
        await refund_overdue(tx, order, reason=reason)


async def settle_silent_returns(tx: PaymentsTx) -> None:
    """Refund the goods of returns on which customs stays silent: the tax is not returned."""
    await tx.take_turn()
    until = tx.now - CUSTOMS_SPEAKS_WITHIN
    for claim in await tx.taxes.returns_without_customs(until=until, limit=PER_PASS_MAX):
        await tx.orders.find_locked(claim.order_id)
        await settle_return(tx, claim)


async def forget_originals(tx: PaymentsTx) -> None:
    """Delete the original data of payments that customs may no longer ask for."""
    forgotten = await tx.payments.forget_originals(now=tx.now)
    if forgotten:
        log.info("payment-originals.forgotten", payments=forgotten)


async def free_reserves(tx: PaymentsTx) -> None:
    """Make the slices of sellers' reserves available whose time is over."""
    instructions = [
        Instruction(
            FreeReserve(
                id=derived_id("cmd", tx.hub, FreeReserve.NAME, kept.id),
                slice_id=kept.id,
                order_id=kept.order_id,
                seller_id=kept.seller_id,
                currency=kept.currency,
            ),
            Cause("time", "timer"),
        )
        for kept in await tx.waiting.reserves(now=tx.now, limit=PER_PASS_MAX)
    ]
    if instructions:
        await commit(tx, instructions)
