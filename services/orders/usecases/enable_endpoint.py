"""Call a disabled endpoint again."""

from services.orders.domain.endpoint import Endpoint
from services.orders.store.tx import OrdersTx


async def enable_endpoint(tx: OrdersTx, *, endpoint_id: str, member_id: str) -> Endpoint:
    """Return the endpoint called again from now on; what it missed can be replayed."""
    endpoint = (await tx.endpoints.hold(endpoint_id, member_id=member_id)).enabled()
    await tx.endpoints.save(endpoint)
    return endpoint
