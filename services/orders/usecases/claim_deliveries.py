"""Take the messages whose turn it is; whoever claims them sends them and settles them after."""

from datetime import timedelta
from typing import NamedTuple

from services.orders.domain.delivery import Delivery
from services.orders.domain.endpoint import Endpoint
from services.orders.store.tx import OrdersTx

CLAIMED_MAX = 100
CLAIMED_PER_ENDPOINT_MAX = 5
LEASE = timedelta(minutes=2)
"""A claim that is not settled by then is somebody else's: the receiver may get a repeat."""


class Message(NamedTuple):
    """What is to be sent, and where to."""

    delivery: Delivery
    endpoint: Endpoint


async def claim_deliveries(tx: OrdersTx) -> list[Message]:
    """Return the messages that are due, fairly shared among endpoints."""
    deliveries = await tx.deliveries.claim(
        now=tx.now, lease=LEASE, limit=CLAIMED_MAX, per_endpoint=CLAIMED_PER_ENDPOINT_MAX
    )
    endpoints = await tx.endpoints.of({delivery.endpoint_id for delivery in deliveries})
    return [
        Message(delivery, endpoints[delivery.endpoint_id])
        for delivery in deliveries
        if delivery.endpoint_id in endpoints
    ]
