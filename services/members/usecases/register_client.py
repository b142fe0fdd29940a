"""Give a member an API client; its secret is returned once and never kept."""

from services.members.domain.client import (
    ApiClient,
    ScopeNotAllowed,
    allowed_scopes,
    hash_of,
)
from services.members.store.tx import MembersTx
from shared.contracts.members.events import ClientRegistered


async def register_client(
    tx: MembersTx,
    *,
    member_id: str,
    name: str,
    scopes: frozenset[str],
    secret: str,
    client_id: str | None = None,
) -> ApiClient:
    """Register a client with these scopes, or raise ScopeNotAllowed."""
    member = await tx.members.get(member_id)
    allowed = allowed_scopes(member.kind)
    if not scopes <= allowed:
        beyond = " ".join(sorted(scopes - allowed))
        raise ScopeNotAllowed(f"a {member.kind} may not have: {beyond}", field="scopes")
    client = ApiClient(
        id=client_id or tx.ids.new("cli"),
        member_id=member.id,
        name=name,
        scopes=scopes or allowed,
        secret_hash=hash_of(secret),
    )
    await tx.clients.add(client)
    await tx.emit(ClientRegistered(client_id=client.id, member_id=member.id), key=client.id)
    return client
