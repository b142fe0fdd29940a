"""Stop telling an endpoint, and forget it."""

from services.orders.store.tx import OrdersTx


async def remove_endpoint(tx: OrdersTx, *, endpoint_id: str, member_id: str) -> None:
    """Forget the endpoint and the log of what was delivered to it."""
    endpoint = await tx.endpoints.hold(endpoint_id, member_id=member_id)
    await tx.endpoints.remove(endpoint.id)
