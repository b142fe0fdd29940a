"""The token endpoint (RFC 6749, client credentials) and the keys that check its tokens."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import Field

from services.members.api.deps import MembersReading, SigningKey
from services.members.domain.client import ClientCredentialsInvalid
from services.members.domain.token import LIFETIME
from services.members.usecases.issue_token import issue_token
from shared.contracts.event import Words
from shared.contracts.members.api import TokenReply

router = APIRouter(tags=["oauth"])
_basic = HTTPBasic(auto_error=False)


class KeySet(Words):
    """The public keys of this hub's tokens (RFC 7517), and the clients no longer served."""

    keys: Annotated[list[dict[str, str]], Field(max_length=10)]
    revoked: Annotated[list[str], Field(max_length=10_000)]


@router.post("/v1/oauth/token")
async def token(
    tx: MembersReading,
    key: SigningKey,
    grant_type: Annotated[Literal["client_credentials"], Form()],
    basic: Annotated[HTTPBasicCredentials | None, Depends(_basic)] = None,
    client_id: Annotated[str | None, Form(max_length=64)] = None,
    client_secret: Annotated[str | None, Form(max_length=200)] = None,
    scope: Annotated[str, Form(max_length=1_000)] = "",
) -> TokenReply:
    """Exchange client id and secret, in the form or as Basic credentials, for a token."""
    if basic is not None:
        client_id, client_secret = basic.username, basic.password
    if not client_id or not client_secret:
        raise ClientCredentialsInvalid("the client id and secret are not valid")
    signed, granted = await issue_token(
        tx,
        client_id=client_id,
        secret=client_secret,
        scopes=frozenset(scope.split()),
        key=key,
    )
    return TokenReply(
        access_token=signed,
        expires_in=int(LIFETIME.total_seconds()),
        scope=" ".join(sorted(granted)),
    )


@router.get("/.well-known/jwks.json")
async def jwks(tx: MembersReading, key: SigningKey) -> KeySet:
    """The keys with which every service of the hub checks tokens."""
    return KeySet(keys=[key.public_jwk], revoked=await tx.clients.revoked_ids())
