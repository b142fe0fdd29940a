"""Access tokens (RFC 9068): short-lived, signed, and readable by every service of the hub."""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True)
class TokenKey:
    """The key that signs a hub's tokens, and its public face."""

    private: Ed25519PrivateKey
    kid: str
    public_jwk: dict[str, str]

    @classmethod
    def from_pem(cls, pem: str) -> "TokenKey":
        """Read an Ed25519 key, or raise ValueError."""
        key = load_pem_private_key(pem.encode(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("the token key must be an Ed25519 key")
        x = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
        jwk = {"crv": "Ed25519", "kty": "OKP", "x": x}
        thumbprint = hashlib.sha256(json.dumps(jwk, separators=(",", ":")).encode()).digest()
        kid = base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode()
        return cls(key, kid, {**jwk, "kid": kid, "use": "sig", "alg": "EdDSA"})

    def sign(self, claims: dict[str, Any], *, now: datetime) -> str:
        """Return a signed token with these claims, good for LIFETIME from `now`."""
        times = {"iat": int(now.timestamp()), "exp": int((now + LIFETIME).timestamp())}
        headers = {"kid": self.kid, "typ": "at+jwt"}
        return jwt.encode({**claims, **times}, self.private, algorithm="EdDSA", headers=headers)
