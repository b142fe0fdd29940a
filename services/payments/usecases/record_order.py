"""Learn of an order: its parties and its amounts."""

from dataclasses import replace

from services.payments.domain.order import OrderMoney
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.settle_order import settle_order
from services.payments.usecases.track_escrow import adjust_pledge


async def record_order(tx: PaymentsTx, *, order: OrderMoney) -> None:
    """Keep the order; parcels and cancellations that came before it count at once."""
    await tx.take_turn()
    reason = await tx.orders.cancelled_reason(order.id)
    await tx.orders.add(replace(order, cancelled_reason=reason))
    await settle_order(tx, order_id=order.id)
    await adjust_pledge(tx, order_id=order.id)
