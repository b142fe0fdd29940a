"""Exchange a client's secret for a short-lived access token."""

from services.members.domain.client import ClientCredentialsInvalid
from services.members.domain.token import TokenKey
from services.members.store.tx import MembersTx


async def issue_token(
    tx: MembersTx, *, client_id: str, secret: str, scopes: frozenset[str], key: TokenKey
) -> tuple[str, frozenset[str]]:
    """Return a token and the scopes it carries, or raise ClientCredentialsInvalid."""
    client = await tx.clients.find(client_id)
    if client is None:
        raise ClientCredentialsInvalid("the client id and secret are not valid")
    granted = client.granted(secret, scopes, now=tx.now)
    member = await tx.members.get(client.member_id)
    claims = {
        "iss": tx.hub,
        "aud": tx.hub,
        "sub": client.id,
        "member": member.id,
        "kind": member.kind.value,
        "scope": " ".join(sorted(granted)),
        "jti": tx.ids.new("tok"),
    }
    return key.sign(claims, now=tx.now), granted
