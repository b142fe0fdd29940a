"""Remember that the buyer's money for an order was taken, or given back."""

from dataclasses import replace

from services.logistics.store.tx import LogisticsTx
from shared.kernel.money import Money


async def hear_capture(tx: LogisticsTx, *, order_id: str, amount: Money) -> None:
    known = await tx.heard_orders.hold(order_id)
    await tx.heard_orders.save(replace(known, captured=amount))


async def hear_refund(tx: LogisticsTx, *, order_id: str, amount: Money) -> None:
    known = await tx.heard_orders.hold(order_id)
    await tx.heard_orders.save(known.gave_back(amount))
