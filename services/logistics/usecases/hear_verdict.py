"""Remember what customs answered about an order before packing; the newest answer counts."""

from dataclasses import replace

from services.logistics.domain.booking import Verdict
from services.logistics.store.tx import LogisticsTx


async def hear_verdict(tx: LogisticsTx, *, order_id: str, verdict: Verdict) -> None:
    known = await tx.heard_orders.hold(order_id)
    await tx.heard_orders.save(replace(known, verdict=verdict))
