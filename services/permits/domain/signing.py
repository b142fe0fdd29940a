"""Documents that anybody can check without asking anyone: compact JWS (RFC 7515, RFC 8037).

Signed with Ed25519 under `alg` EdDSA. Whoever has the issuers' keys checks a document offline and
learns by name which check it fails.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import load_pem_private_key

ALGORITHM = "EdDSA"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check of a document: its name, whether it passed, and what was found."""

    name: str
    passed: bool
    detail: str = ""


class CheckFailed(Exception):
    """A check failed; `checks` are those before it, which passed, and the failed one last."""

    def __init__(self, checks: list[Check]) -> None:
        super().__init__(f"{checks[-1].name}: {checks[-1].detail}")
        self.checks = checks


@dataclass(frozen=True, kw_only=True)
class IssuerKey:
    """A public key and the hub whose documents it signs."""

    hub: str
    public: Ed25519PublicKey

    @classmethod
    def of_jwk(cls, hub: str, jwk: Mapping[str, str]) -> "IssuerKey":
        """Read a JWK of kind OKP, or raise ValueError."""
        return cls(hub=hub, public=Ed25519PublicKey.from_public_bytes(decoded(jwk["x"])))


Keys = Mapping[str, IssuerKey]
"""The issuers' keys by key id."""


@dataclass(frozen=True)
class DocumentKey:
    """The key that signs a hub's documents, and its public face."""

    private: Ed25519PrivateKey
    kid: str
    public_jwk: Mapping[str, str]

    @classmethod
    def from_pem(cls, pem: str) -> "DocumentKey":
        """Read an Ed25519 key, or raise ValueError."""
        key = load_pem_private_key(pem.encode(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("documents are signed with an Ed25519 key")
        jwk = {"crv": "Ed25519", "kty": "OKP", "x": encoded(key.public_key().public_bytes_raw())}
        kid = key_id(jwk)
        return cls(key, kid, {**jwk, "kid": kid, "use": "sig", "alg": ALGORITHM})

    def sign(self, payload: bytes, *, typ: str) -> str:
        """Return the payload as a signed document of a type."""
        header = json_bytes({"alg": ALGORITHM, "kid": self.kid, "typ": typ})
        signed = f"{encoded(header)}.{encoded(payload)}"
        return f"{signed}.{encoded(self.private.sign(signed.encode()))}"


@dataclass
class Checking:
    """The checks of one document in their order; each relies on those before it."""

    passed: list[Check] = field(default_factory=list)

    def check(self, name: str, *, holds: bool, otherwise: str) -> None:
        """Note a check that holds, or raise CheckFailed."""
        if not holds:
            failed = Check(name=name, passed=False, detail=otherwise)
            raise CheckFailed([*self.passed, failed])
        self.passed.append(Check(name=name, passed=True))

    def open(
        self, document: str, keys: Keys, *, typ: str, length_max: int
    ) -> tuple[IssuerKey, bytes]:
        """Check form, type, algorithm, key and signature; return the issuer and the payload."""
        header, payload, signature = self._form(document, length_max)
        self.check("type", holds=header.get("typ") == typ, otherwise=f"not a document {typ}")
        good = header.get("alg") == ALGORITHM
        self.check("algorithm", holds=good, otherwise="only EdDSA is accepted")
        key = keys.get(str(header.get("kid", "")))
        self.check("key", holds=key is not None, otherwise="no issuer is known by this key id")
        assert key is not None, "checked above"
        signed = document.rpartition(".")[0].encode()
        good = _verifies(key, signature, signed)
        self.check("signature", holds=good, otherwise="it was changed or forged")
        return key, payload

    def _form(self, document: str, length_max: int) -> tuple[Mapping[str, Any], bytes, bytes]:
        try:
            if len(document) > length_max:
                raise ValueError("too long")
            first, second, third = document.split(".")
            header = json.loads(decoded(first))
            if not isinstance(header, dict):
                raise ValueError("not an object")
            parts = header, decoded(second), decoded(third)
        except (ValueError, binascii.Error, RecursionError) as error:
            detail = "not three parts of base64url JSON"
            failed = Check(name="form", passed=False, detail=detail)
            raise CheckFailed([failed]) from error
        self.passed.append(Check(name="form", passed=True))
        return parts


def key_id(jwk: Mapping[str, str]) -> str:
    """Return a key's thumbprint (RFC 7638)."""
    public = {name: jwk[name] for name in ("crv", "kty", "x")}
    return encoded(hashlib.sha256(json_bytes(public)).digest())


def json_bytes(value: Mapping[str, Any]) -> bytes:
    """Return one form for one content: sorted keys, no white space, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def encoded(raw: bytes) -> str:
    """Write base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Read base64url without padding, or raise ValueError for any other spelling."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encoded(raw) != text:
        raise ValueError("not canonical base64url")
    return raw


def _verifies(key: IssuerKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.public.verify(signature, signed)
    except InvalidSignature:
        return False
    return True
