"""A permit as a signed document that anybody can check without asking anyone.

A compact JWS (RFC 7515) signed with Ed25519 (RFC 8037). The hub shows its keys; whoever has them
checks a document offline and learns by name which check it fails.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from services.permits.domain.licence import Licence

TYPE = "eroad-permit+jws"
ALGORITHM = "EdDSA"
DOCUMENT_LENGTH_MAX = 40_000
_CLAIMS: Mapping[str, type] = {
    "iss": str,
    "permit_id": str,
    "permit_no": str,
    "permit_type": str,
    "document_code": str,
    "agency": str,
    "holder_id": str,
    "destination": str,
    "lines": list,
    "issued_at": str,
    "valid_until": str,
}


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check of a document: its name, whether it passed, and what was found."""

    name: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class IssuerKey:
    """A public key and the hub whose permits it signs."""

    hub: str
    public: Ed25519PublicKey

    @classmethod
    def of_jwk(cls, hub: str, jwk: Mapping[str, str]) -> "IssuerKey":
        """Read a JWK of kind OKP, or raise ValueError."""
        return cls(hub=hub, public=Ed25519PublicKey.from_public_bytes(_decoded(jwk["x"])))


@dataclass(frozen=True)
class DocumentKey:
    """The key that signs a hub's permits, and its public face."""

    private: Ed25519PrivateKey
    kid: str
    public_jwk: Mapping[str, str]

    @classmethod
    def from_pem(cls, pem: str) -> "DocumentKey":
        """Read an Ed25519 key, or raise ValueError."""
        key = load_pem_private_key(pem.encode(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("permits are signed with an Ed25519 key")
        jwk = {"crv": "Ed25519", "kty": "OKP", "x": _encoded(key.public_key().public_bytes_raw())}
        kid = _encoded(hashlib.sha256(_json(jwk)).digest())
        return cls(key, kid, {**jwk, "kid": kid, "use": "sig", "alg": ALGORITHM})

    def sign(self, licence: Licence, *, hub: str) -> str:
        """Return the licence as it was issued, as a signed document."""
        header = _json({"alg": ALGORITHM, "kid": self.kid, "typ": TYPE})
        signed = f"{_encoded(header)}.{_encoded(_json(_claims(licence, hub)))}"
        return f"{signed}.{_encoded(self.private.sign(signed.encode()))}"


def verify_permit(
    document: str,
    keys: Mapping[str, IssuerKey],
    *,
    at: datetime,
    stopped: Container[str] = (),
) -> list[Check]:
    """Check a document at a moment; the first check that fails is the last one in the list.

    `keys` are the issuers' by key id. `stopped` are the permits known to be suspended, revoked or
    given back: the one thing that the paper itself can't say.
    """
    try:
        return _Verification(keys, at, stopped).run(document)
    except _Failed as failed:
        return [*failed.passed, failed.check]


def permit_id_of(document: str) -> str:
    """Return the permit that a verified document is about."""
    return str(json.loads(_decoded(document.split(".")[1]))["permit_id"])


class _Failed(Exception):
    def __init__(self, passed: list[Check], check: Check) -> None:
        super().__init__(check.name)
        self.passed = passed
        self.check = check


class _Verification:
    """The checks in their order; each relies on those before it."""

    def __init__(
        self, keys: Mapping[str, IssuerKey], at: datetime, stopped: Container[str]
    ) -> None:
        self._keys = keys
        self._at = at
        self._stopped = stopped
        self._passed: list[Check] = []

    def run(self, document: str) -> list[Check]:
        header, claims, signature = self._form(document)
        self._check("type", header.get("typ") == TYPE, "not a permit of this system")
        self._check("algorithm", header.get("alg") == ALGORITHM, "only EdDSA is accepted")
        key = self._keys.get(str(header.get("kid", "")))
        self._check("key", key is not None, "no issuer is known by this key id")
        assert key is not None, "checked above"
        signed = document.rpartition(".")[0].encode()
        self._check("signature", _verifies(key, signature, signed), "it was changed or forged")
        self._check("content", _is_permit(claims), "fields are missing or malformed")
        self._check("issuer", claims["iss"] == key.hub, "the key belongs to another hub")
        issued = datetime.fromisoformat(claims["issued_at"])
        until = datetime.fromisoformat(claims["valid_until"])
        self._check("begun", issued <= self._at, f"valid from {claims['issued_at']}")
        self._check("not-expired", self._at < until, f"valid until {claims['valid_until']}")
        stopped = claims["permit_id"] in self._stopped
        self._check("not-stopped", not stopped, "the agency or the holder has stopped it")
        return self._passed

    def _form(self, document: str) -> tuple[Mapping[str, Any], Mapping[str, Any], bytes]:
        try:
            if len(document) > DOCUMENT_LENGTH_MAX:
                raise ValueError("too long")
            first, second, third = document.split(".")
            header, claims = json.loads(_decoded(first)), json.loads(_decoded(second))
            if not isinstance(header, dict) or not isinstance(claims, dict):
                raise ValueError("not objects")
            signature = _decoded(third)
        except (ValueError, binascii.Error, RecursionError) as error:
            failed = Check(name="form", passed=False, detail="not three parts of base64url JSON")
            raise _Failed([], failed) from error
        self._passed.append(Check(name="form", passed=True))
        return header, claims, signature

    def _check(self, name: str, holds: bool, otherwise: str) -> None:  # noqa: FBT001
        if not holds:
            failed = Check(name=name, passed=False, detail=otherwise)
            raise _Failed(self._passed, failed)
        self._passed.append(Check(name=name, passed=True))


def _claims(licence: Licence, hub: str) -> dict[str, Any]:
    return {
        "iss": hub,
        "permit_id": licence.id,
        "permit_no": licence.permit_no,
        "permit_type": licence.permit_type,
        "document_code": licence.document_code,
        "agency": licence.agency,
        "holder_id": licence.holder_id,
        "destination": licence.destination,
        "lines": [
            {
                "line_no": line.line_no,
                "hs_code": line.hs_code,
                "quantity": line.quantity,
                "unit": line.unit,
            }
            for line in licence.lines
        ],
        "issued_at": licence.issued_at.astimezone(UTC).isoformat(),
        "valid_until": licence.valid_until.astimezone(UTC).isoformat(),
    }


def _is_permit(claims: Mapping[str, Any]) -> bool:
    if not all(isinstance(claims.get(name), kind) for name, kind in _CLAIMS.items()):
        return False
    try:
        moments = [datetime.fromisoformat(claims[name]) for name in ("issued_at", "valid_until")]
    except ValueError:
        return False
    return all(moment.tzinfo is not None for moment in moments)


def _verifies(key: IssuerKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.public.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """Read base64url without padding, or raise ValueError for any other spelling."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _encoded(raw) != text:
        raise ValueError("not canonical base64url")
    return raw
