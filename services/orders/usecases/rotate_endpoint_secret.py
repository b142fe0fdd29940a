"""Replace an endpoint's secret; the old one signs along for a day, so nobody has to hurry."""

from services.orders.domain.endpoint import Endpoint
from services.orders.store.tx import OrdersTx


async def rotate_endpoint_secret(
    tx: OrdersTx, *, endpoint_id: str, member_id: str, secret: str
) -> Endpoint:
    """Return the endpoint with a new secret; the old one signs along for a day."""
    endpoint = await tx.endpoints.hold(endpoint_id, member_id=member_id)
    rotated = endpoint.rotated(secret, now=tx.now)
    await tx.endpoints.save(rotated)
    return rotated
