"""Who is calling: OAuth2 bearer tokens (RFC 9068, EdDSA), checked locally against `members`' keys.

The key set is fetched again every 60 seconds, so a revoked client is refused within a minute; while
`members` is down the last known set keeps working until it is STALE_S_MAX old.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any

import httpx
import jwt
import structlog
from fastapi import Depends, Request
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlows
from fastapi.security import OAuth2
from jwt.algorithms import OKPAlgorithm

from shared.kernel.clock import Clock
from shared.kernel.errors import Forbidden, Unauthenticated, Unavailable

log = structlog.get_logger(__name__)

REFRESH_S = 60
STALE_S_MAX = 3600
LEEWAY_S = 60
AUTHENTICATED = "eroad.caller"
"""Where a request's scope keeps its caller, for whatever else of it asks."""
TOKENS_KEPT_MAX = 10_000
"""Tokens whose signature was checked since the key set was fetched; more are checked again."""


class TokenInvalid(Unauthenticated):
    """The bearer token is missing, expired, malformed, or not for this hub."""

    code = "token-invalid"
    help = "Ask the token endpoint of this hub's members service for a new token."


class ScopeMissing(Forbidden):
    """The token is good but does not carry the scope this call needs."""

    code = "scope-missing"
    help = "Ask for a token with the scope named, or have an operator grant it to the client."


@dataclass(frozen=True, kw_only=True)
class Principal:
    """The API client behind a request and the member it acts for."""

    client_id: str
    member_id: str
    kind: str
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        return scope in self.scopes


@dataclass(frozen=True)
class _Holder:
    """Who holds a token whose signature was good, and until when it may be used."""

    principal: Principal
    expires_at: int


@dataclass
class TokenVerifier:
    """Checks tokens of one hub; `client` reaches the JWKS of its members service."""

    hub: str
    jwks_url: str
    client: httpx.AsyncClient
    clock: Clock
    _keys: Mapping[str, Any] = field(default_factory=dict)
    _revoked: frozenset[str] = frozenset()
    _holders: dict[str, _Holder] = field(default_factory=dict)
    _fetched_at: datetime | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def principal(self, token: str) -> Principal:
        """Return who holds this token, or raise TokenInvalid.

        A signature is checked once per key set; time and revocation are looked at every time.
        """
        await self._refresh_when_old()
        holder = self._holders.get(token)
        if holder is None:
            holder = await self._signed_holder(token)
            if len(self._holders) >= TOKENS_KEPT_MAX:
                self._holders.clear()
            self._holders[token] = holder
        # Time is the hub's clock, which test mode may have moved, not the library's.
        is_expired = holder.expires_at + LEEWAY_S < self.clock.now().timestamp()
        if is_expired or holder.principal.client_id in self._revoked:
            raise TokenInvalid("the bearer token is not valid at this hub")
        return holder.principal

    async def _signed_holder(self, token: str) -> _Holder:
        try:
            kid = jwt.get_unverified_header(token).get("kid", "")
            key = self._keys.get(kid)
            if key is None:
                await self._refresh()
                key = self._keys[kid]
            claims = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                audience=self.hub,
                issuer=self.hub,
                leeway=LEEWAY_S,
                options={
                    "require": ["exp", "iat", "sub", "scope", "member"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            principal = Principal(
                client_id=claims["sub"],
                member_id=claims["member"],
                kind=claims.get("kind", "member"),
                scopes=frozenset(claims["scope"].split()),
            )
            return _Holder(principal, int(claims["exp"]))
        except (jwt.PyJWTError, KeyError, ValueError) as error:
            raise TokenInvalid("the bearer token is not valid at this hub") from error

    async def _refresh_when_old(self) -> None:
        if self._fetched_at is None:
            await self._refresh()
            return
        age = self.clock.now() - self._fetched_at
        if age < timedelta(seconds=REFRESH_S):
            return
        try:
            await self._refresh()
        except Unavailable:
            if age > timedelta(seconds=STALE_S_MAX):
                raise
            log.warning("jwks.stale", age_s=int(age.total_seconds()))

    async def _refresh(self) -> None:
        async with self._lock:
            try:
                response = await self.client.get(self.jwks_url, timeout=5)
                response.raise_for_status()
                document = response.json()
            except (httpx.HTTPError, ValueError) as error:
                raise Unavailable("the members service does not answer") from error
            self._keys = {key["kid"]: OKPAlgorithm.from_jwk(key) for key in document["keys"]}
            self._revoked = frozenset(document.get("revoked", ()))
            self._holders.clear()
            self._fetched_at = self.clock.now()


class BearerToken(OAuth2):
    """The security scheme that names the caller, whose token carries one of `scopes` if any are
    named: one dependency, as every request solves it."""

    def __init__(self, *scopes: str) -> None:
        super().__init__(
            flows=OAuthFlows(
                clientCredentials=OAuthFlowClientCredentials(
                    tokenUrl="/members/v1/oauth/token", scopes={}
                )
            ),
            scheme_name="client_credentials",
        )
        self._scopes = scopes

    async def __call__(self, request: Request) -> Principal:  # type: ignore[override]
        """Return the authenticated caller, or raise TokenInvalid or ScopeMissing."""
        principal: Principal | None = request.scope.get(AUTHENTICATED)
        if principal is None:
            principal = request.scope[AUTHENTICATED] = await _authenticated(request)
        if self._scopes and not any(map(principal.may, self._scopes)):
            wanted = " or ".join(self._scopes)
            raise ScopeMissing(f"this needs the scope {wanted}", scope=self._scopes[0])
        return principal


async def _authenticated(request: Request) -> Principal:
    """Return who the bearer token names, and count the request as theirs: once in each."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise TokenInvalid("a bearer token is needed")
    verifier: TokenVerifier = request.app.state.verifier
    principal = await verifier.principal(token)
    request.state.allowance = request.app.state.request_rates.take(principal.client_id)
    return principal


Caller = Annotated[Principal, Depends(BearerToken())]


def requires(*scopes: str) -> BearerToken:
    """Return a dependency that lets through only callers whose token carries one of `scopes`."""
    return BearerToken(*scopes)
