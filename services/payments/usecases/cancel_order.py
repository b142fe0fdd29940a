"""Give the buyer everything back: the order will not be carried out."""

from services.payments.store.tx import PaymentsTx
from services.payments.usecases.settle_order import settle_order
from services.payments.usecases.track_escrow import adjust_pledge


async def cancel_order(tx: PaymentsTx, *, order_id: str, reason: str) -> None:
    await tx.take_turn()
    await tx.orders.find_locked(order_id)
    await tx.orders.cancel(order_id, reason)
    await settle_order(tx, order_id=order_id)
    await adjust_pledge(tx, order_id=order_id)
