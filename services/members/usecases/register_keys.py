"""Let a client prove itself by a key of its own instead of a secret."""

from collections.abc import Sequence

from services.members.domain.client import ApiClient
from services.members.store.tx import MembersTx


async def register_keys(tx: MembersTx, *, client_id: str, keys: Sequence[str]) -> ApiClient:
    """Return the client with these public keys; with any, its secret is good for nothing."""
    client = (await tx.clients.get(client_id)).with_keys(keys)
    await tx.clients.save(client)
    return client
