"""A client that proves itself by a signature: private_key_jwt (RFC 7523, OpenID Connect Core 9).

The client signs, with a private key that never leaves it, who it is, for which hub, until when and
under a number that it uses once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from jwt import PyJWK

from services.members.domain.client import ApiClient, ClientCredentialsInvalid

LIFETIME_MAX = timedelta(minutes=5)
"""How far ahead an assertion may end: what is overheard is soon worth nothing."""
SKEW = timedelta(seconds=30)
"""Two clocks that both are right may differ by this much."""
NUMBER_LENGTH_MAX = 100
INVALID = "the client's assertion is not valid"


@dataclass(frozen=True, kw_only=True)
class Assertion:
    """What a client has proved: who it is, and the number that must not come again until then."""

    client_id: str
    number: str
    ends_at: datetime


def claimed_client(text: str) -> str:
    """Return which client an assertion says it is of, unproved; or raise."""
    try:
        claims = jwt.decode(text, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise ClientCredentialsInvalid(INVALID) from error
    return str(claims.get("sub", ""))


def check_assertion(text: str, client: ApiClient, *, hub: str, now: datetime) -> Assertion:
    """Return what the assertion proves, or raise ClientCredentialsInvalid.

    `hub` is the audience: an assertion made for one hub is worth nothing at another.
    """
    claims = _signed_claims(text, client.public_keys, client_id=client.id, hub=hub)
    ends_at = datetime.fromtimestamp(claims["exp"], UTC)
    number = claims["jti"]
    is_of_now = now - SKEW < ends_at <= now + LIFETIME_MAX + SKEW
    if not is_of_now or not isinstance(number, str) or not 0 < len(number) <= NUMBER_LENGTH_MAX:
        raise ClientCredentialsInvalid(INVALID)
    return Assertion(client_id=client.id, number=number, ends_at=ends_at)


def _signed_claims(text: str, keys: Sequence[str], *, client_id: str, hub: str) -> dict[str, Any]:
    for key in keys:
        try:
            claims: dict[str, Any] = jwt.decode(
                text,
                PyJWK({"kty": "OKP", "crv": "Ed25519", "x": key}),
                algorithms=["EdDSA"],
                audience=hub,
                issuer=client_id,
                subject=client_id,
                options={
                    "require": ["exp", "iss", "sub", "aud", "jti"],
                    # Time is the hub's clock, which test mode may have moved, not the library's.
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            if isinstance(claims["exp"], int):
                return claims
        except jwt.PyJWTError:
            continue  # perhaps the other key
    raise ClientCredentialsInvalid(INVALID)
