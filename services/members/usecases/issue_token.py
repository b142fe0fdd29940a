"""Exchange a client's secret, or its signature, for a short-lived access token."""

from services.members.domain.assertion import INVALID, check_assertion, claimed_client
from services.members.domain.client import ApiClient, ClientCredentialsInvalid
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
    return await _sign(tx, client, granted, key=key), granted


async def issue_token_for_assertion(
    tx: MembersTx, *, assertion: str, scopes: frozenset[str], key: TokenKey
) -> tuple[str, frozenset[str]]:
    """Return the same for a client that signed who it is, once; or raise."""
    client = await tx.clients.find(claimed_client(assertion))
    if client is None:
        raise ClientCredentialsInvalid(INVALID)
    proved = check_assertion(assertion, client, hub=tx.hub, now=tx.now)
    granted = client.scopes_for(scopes)
    await tx.assertions.use(proved, now=tx.now)
    return await _sign(tx, client, granted, key=key), granted


async def _sign(tx: MembersTx, client: ApiClient, granted: frozenset[str], *, key: TokenKey) -> str:
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
    return key.sign(claims, now=tx.now)
