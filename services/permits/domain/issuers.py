"""Whose signatures are believed: a file of hubs and the public keys of their permits service."""

from typing import Annotated

import msgspec

from services.permits.domain.signing import IssuerKey, Keys, key_id
from shared.kernel.errors import Rejected

ISSUERS_MAX = 200
KEYS_PER_ISSUER_MAX = 10


class IssuersMalformed(Rejected):
    """The file of issuers can't be read; the service does not start with half of it."""

    code = "permits.issuers-malformed"


class _Jwk(msgspec.Struct, frozen=True):
    kty: str
    crv: str
    x: str


class _Issuer(msgspec.Struct, frozen=True):
    hub: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2}-[a-z]{3}$")]
    keys: Annotated[list[_Jwk], msgspec.Meta(min_length=1, max_length=KEYS_PER_ISSUER_MAX)]


class _Issuers(msgspec.Struct, frozen=True):
    issuers: Annotated[list[_Issuer], msgspec.Meta(max_length=ISSUERS_MAX)]


def read_issuers(document: bytes) -> Keys:
    """Read {"issuers": [{"hub": ..., "keys": [JWK]}]}, or raise IssuersMalformed."""
    keys: dict[str, IssuerKey] = {}
    try:
        for issuer in msgspec.json.decode(document, type=_Issuers).issuers:
            for jwk in issuer.keys:
                public = {"kty": jwk.kty, "crv": jwk.crv, "x": jwk.x}
                keys[key_id(public)] = IssuerKey.of_jwk(issuer.hub, public)
    except (msgspec.DecodeError, ValueError, UnicodeDecodeError) as error:
        raise IssuersMalformed(f"not a file of issuers: {error}") from error
    return keys
