"""Send messages again: one of them, or all that were given up on since a moment."""

from datetime import datetime

from services.orders.domain.delivery import Delivery
from services.orders.store.deliveries import DeliveryNotFound
from services.orders.store.tx import OrdersTx


async def replay_delivery(tx: OrdersTx, *, delivery_id: str, member_id: str) -> Delivery:
    """Return the delivery due again, whatever became of it, or raise EndpointDisabled."""
    seen = await tx.deliveries.get(delivery_id, member_id=member_id)
    endpoint = await tx.endpoints.hold(seen.endpoint_id, member_id=member_id)
    endpoint.check_enabled()
    delivery = await tx.deliveries.hold(delivery_id)
    if delivery is None:
        raise DeliveryNotFound(f"no webhook delivery {delivery_id}")
    replayed = delivery.replayed(now=tx.now)
    await tx.deliveries.save(replayed)
    return replayed


async def replay_dead(tx: OrdersTx, *, endpoint_id: str, member_id: str, since: datetime) -> int:
    """Return how many dead deliveries are due again, or raise EndpointDisabled."""
    endpoint = await tx.endpoints.hold(endpoint_id, member_id=member_id)
    endpoint.check_enabled()
    return await tx.deliveries.replay_dead(endpoint.id, since=since, now=tx.now)
