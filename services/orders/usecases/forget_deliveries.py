"""Empty the log of deliveries after a month; timelines stay."""

from datetime import timedelta

from services.orders.store.tx import OrdersTx

DELIVERIES_KEPT = timedelta(days=30)


async def forget_deliveries(tx: OrdersTx) -> None:
    await tx.deliveries.forget(before=tx.now - DELIVERIES_KEPT)
