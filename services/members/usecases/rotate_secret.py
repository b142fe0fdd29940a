"""Replace a client's secret; the old one stays good for a while, so nobody has to hurry."""

from services.members.domain.client import ApiClient
from services.members.store.tx import MembersTx


async def rotate_secret(tx: MembersTx, *, client_id: str, secret: str) -> ApiClient:
    client = (await tx.clients.get(client_id)).rotated(secret, now=tx.now)
    await tx.clients.save(client)
    return client
