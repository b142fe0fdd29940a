"""Take in an address where a marketplace wants to be told."""

from services.orders.domain.endpoint import Endpoint
from services.orders.store.tx import OrdersTx
from shared.kernel.errors import Conflict

ENDPOINTS_PER_MEMBER_MAX = 10


class TooManyEndpoints(Conflict):
    """A member has no more than ten endpoints; remove one first."""

    code = "orders.too-many-endpoints"


async def register_endpoint(
    tx: OrdersTx, *, member_id: str, url: str, secret: str, signing_key: str
) -> Endpoint:
    """Return the new endpoint, or raise TooManyEndpoints. The URL is checked at the door."""
    if await tx.endpoints.count(member_id=member_id) >= ENDPOINTS_PER_MEMBER_MAX:
        raise TooManyEndpoints(f"{ENDPOINTS_PER_MEMBER_MAX} endpoints are the most")
    endpoint = Endpoint(
        id=tx.ids.new("whe"),
        member_id=member_id,
        url=url,
        secret=secret,
        signing_key=signing_key,
        created_at=tx.now,
    )
    await tx.endpoints.add(endpoint)
    return endpoint
