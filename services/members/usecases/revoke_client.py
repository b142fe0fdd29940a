"""Stop serving a client; other services learn of it with the next key set, within a minute."""

from services.members.domain.client import ApiClient
from services.members.store.tx import MembersTx
from shared.contracts.members.events import ClientRevoked


async def revoke_client(tx: MembersTx, *, client_id: str) -> ApiClient:
    before = await tx.clients.get(client_id)
    client = before.revoked(now=tx.now)
    if client != before:
        await tx.clients.save(client)
        await tx.emit(ClientRevoked(client_id=client.id, member_id=client.member_id), key=client.id)
    return client
