"""The token endpoint (RFC 6749, client credentials) and the keys that check its tokens."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import Field

from services.members.api.deps import AnybodysReading, SigningKey
from services.members.domain.client import ClientCredentialsInvalid
from services.members.domain.token import LIFETIME
from services.members.store.tx import MembersTx
from services.members.usecases.issue_token import issue_token, issue_token_for_assertion
from shared.contracts.event import Words
from shared.contracts.members.api import TokenReply
from shared.db.tx import Store

router = APIRouter(tags=["oauth"])
AssertionType = Literal["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
_basic = HTTPBasic(auto_error=False)


class KeySet(Words):
    """The public keys of this hub's tokens (RFC 7517), and the clients no longer served."""

    keys: Annotated[list[dict[str, str]], Field(max_length=10)]
    revoked: Annotated[list[str], Field(max_length=10_000)]


@router.post("/v1/oauth/token")
async def token(
    request: Request,
    key: SigningKey,
    grant_type: Annotated[Literal["client_credentials"], Form()],
    basic: Annotated[HTTPBasicCredentials | None, Depends(_basic)] = None,
    client_id: Annotated[str | None, Form(max_length=64)] = None,
    client_secret: Annotated[str | None, Form(max_length=200)] = None,
    client_assertion_type: Annotated[AssertionType | None, Form()] = None,
    client_assertion: Annotated[str | None, Form(max_length=4_000)] = None,
    scope: Annotated[str, Form(max_length=1_000)] = "",
) -> TokenReply:
    """Exchange client id and secret, in the form or as Basic credentials, for a token.

    A client with keys of its own sends a `client_assertion` instead (RFC 7523): EdDSA, with the
    hub as audience, good for five minutes at most and once.
    """
    store: Store[MembersTx] = request.app.state.store
    scopes = frozenset(scope.split())
    if client_assertion is not None and client_assertion_type is not None:
        async with store.transaction() as tx:
            signed, granted = await issue_token_for_assertion(
                tx, assertion=client_assertion, scopes=scopes, key=key
            )
        return _reply(signed, granted)
    if basic is not None:
        client_id, client_secret = basic.username, basic.password
    if not client_id or not client_secret:
        raise ClientCredentialsInvalid("the client id and secret are not valid")
    async with store.reading() as tx:
        signed, granted = await issue_token(
            tx, client_id=client_id, secret=client_secret, scopes=scopes, key=key
        )
    return _reply(signed, granted)


def _reply(signed: str, granted: frozenset[str]) -> TokenReply:
    return TokenReply(
        access_token=signed,
        expires_in=int(LIFETIME.total_seconds()),
        scope=" ".join(sorted(granted)),
    )


@router.get("/.well-known/jwks.json")
async def jwks(tx: AnybodysReading, key: SigningKey) -> KeySet:
    """The keys with which every service of the hub checks tokens."""
    return KeySet(keys=[key.public_jwk], revoked=await tx.clients.revoked_ids())
