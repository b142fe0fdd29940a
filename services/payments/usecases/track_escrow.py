"""Follow the escrow of our sellers' orders at their buyers' hubs: it is what advances stand on.

A peer's words come in any order; each is kept, and what may be financed follows from all of them.
"""

from collections.abc import Callable
from dataclasses import replace

from services.payments.domain.finance import AdjustPledge
from services.payments.store.finance import EscrowAbroad
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.commit import post
from shared.kernel.ids import derived_id


async def note_escrow(
    tx: PaymentsTx, *, order_id: str, change: Callable[[EscrowAbroad], EscrowAbroad]
) -> None:
    """Keep what a peer said about an order's escrow, and adjust what it may be financed for."""
    await tx.take_turn()
    await tx.orders.find_locked(order_id)
    escrow = change(await tx.finance.escrow(order_id))
    await tx.finance.keep_escrow(escrow)
    await adjust_pledge(tx, order_id=order_id)


async def adjust_pledge(tx: PaymentsTx, *, order_id: str) -> None:
    """Let an order of our seller be financed for the goods that are in escrow, and no more."""
    order = await tx.orders.find(order_id)
    if order is None or order.seller_hub != tx.hub or order.buyer_hub == tx.hub:
        return
    escrow = await tx.finance.escrow(order_id)
    ended = escrow.is_released or bool(order.cancelled_reason) or escrow.captured_minor == 0
    gone = escrow.refunded_minor + escrow.released_minor
    pledged = 0 if ended else max(0, order.goods_minor - gone)
    if pledged == escrow.pledged_minor:
        return
    cause = order_id if tx.cause is None else tx.cause.id
    command = AdjustPledge(
        id=derived_id("cmd", tx.hub, AdjustPledge.NAME, order_id, cause),
        order_id=order_id,
        currency=order.currency,
        change_minor=pledged - escrow.pledged_minor,
    )
    outcome = await post(tx, command)
    outcome.answered()
    await tx.finance.keep_escrow(replace(escrow, pledged_minor=pledged))
