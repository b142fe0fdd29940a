"""Ed25519 keys: the one this hub signs with, and the ring of keys a peer may sign with.

A key is named by its RFC 7638 thumbprint (`kid`), so a name can't be claimed by another key.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from services.exchange.domain.dsse import pre_authentication_encoding
from shared.kernel.errors import Rejected

RING_KEYS_MAX = 16
SIGNATURE_BYTES = 64


class KeyUnusable(Rejected):
    """The text is not an Ed25519 key, or its window or ring makes no sense."""

    code = "exchange.key-unusable"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The private key this hub signs with."""

    kid: str
    private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def of(cls, private: Ed25519PrivateKey) -> "SigningKey":
        return cls(thumbprint(private.public_key()), private)

    @classmethod
    def from_pem(cls, pem: bytes, *, password: bytes | None = None) -> "SigningKey":
        """Read a PKCS #8 private key, or raise KeyUnusable."""
        try:
            private = serialization.load_pem_private_key(pem, password)
        except (ValueError, TypeError) as error:
            raise KeyUnusable("not a readable private key") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise KeyUnusable("the private key is not Ed25519")
        return cls.of(private)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, str]) -> "SigningKey":
        """Read an RFC 8037 private key whose public half fits, or raise KeyUnusable."""
        key = cls.of(Ed25519PrivateKey.from_private_bytes(_octets(jwk, "d")))
        if "x" in jwk and key.public_jwk()["x"] != jwk["x"]:
            raise KeyUnusable("the halves of the key do not belong together", field="x")
        return key

    def public_jwk(self) -> dict[str, str]:
        """The public half, as it stands in this hub's document."""
        return {**_jwk_of(self.private.public_key()), "kid": self.kid}

    def sign(self, payload_type: str, body: bytes) -> bytes:
        """64 bytes over the DSSE pre-authentication encoding of `body`."""
        return self.private.sign(pre_authentication_encoding(payload_type, body))


@dataclass(frozen=True, slots=True)
class PeerKey:
    """A public key, and when its owner may sign with it: from `nbf` until before `exp`.

    `revoked` refuses everything not yet applied. The owner then starts a new epoch and signs
    what was not acknowledged again with another key.
    """

    kid: str
    public: Ed25519PublicKey = field(repr=False)
    nbf: datetime
    exp: datetime
    revoked: bool = False

    def __post_init__(self) -> None:
        if self.nbf.tzinfo is None or self.exp.tzinfo is None or self.nbf >= self.exp:
            raise KeyUnusable("a key needs a window in UTC that ends after it begins")

    @classmethod
    def of(
        cls, public: Ed25519PublicKey, *, nbf: datetime, exp: datetime, revoked: bool = False
    ) -> "PeerKey":
        return cls(thumbprint(public), public, nbf, exp, revoked)

    @classmethod
    def from_pem(
        cls, pem: bytes, *, nbf: datetime, exp: datetime, revoked: bool = False
    ) -> "PeerKey":
        """Read a SubjectPublicKeyInfo key, or raise KeyUnusable."""
        try:
            public = serialization.load_pem_public_key(pem)
        except ValueError as error:
            raise KeyUnusable("not a readable public key") from error
        if not isinstance(public, Ed25519PublicKey):
            raise KeyUnusable("the public key is not Ed25519")
        return cls.of(public, nbf=nbf, exp=exp, revoked=revoked)

    @classmethod
    def from_jwk(
        cls, jwk: Mapping[str, str], *, nbf: datetime, exp: datetime, revoked: bool = False
    ) -> "PeerKey":
        """Read an RFC 8037 public key; a `kid` that is not its thumbprint raises KeyUnusable."""
        public = Ed25519PublicKey.from_public_bytes(_octets(jwk, "x"))
        key = cls.of(public, nbf=nbf, exp=exp, revoked=revoked)
        if jwk.get("kid", key.kid) != key.kid:
            raise KeyUnusable("the kid is not the key's thumbprint", field="kid")
        return key

    def covers(self, moment: datetime) -> bool:
        return self.nbf <= moment < self.exp

    def verifies(self, payload_type: str, body: bytes, signature: bytes) -> bool:
        """Whether this key made `signature` over `body`; the window is asked apart."""
        try:
            self.public.verify(signature, pre_authentication_encoding(payload_type, body))
        except InvalidSignature:
            return False
        return True


class KeyRing:
    """All keys one peer may sign with, the coming and the past ones included."""

    __slots__ = ("_keys", "hub")

    def __init__(self, hub: str, keys: Iterable[PeerKey] = ()) -> None:
        self.hub = hub
        self.replace(keys)

    def replace(self, keys: Iterable[PeerKey]) -> None:
        """Hold these keys instead, at once and for everybody who shares the ring."""
        held = {key.kid: key for key in keys}
        if len(held) > RING_KEYS_MAX:
            raise KeyUnusable(f"{self.hub} shows more than {RING_KEYS_MAX} keys")
        self._keys = held

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, kid: str) -> PeerKey | None:
        return self._keys.get(kid)

    @property
    def valid_until(self) -> datetime | None:
        """When the last key ends that is not revoked; None without any."""
        return max((key.exp for key in self._keys.values() if not key.revoked), default=None)


def thumbprint(public: Ed25519PublicKey) -> str:
    """RFC 7638 thumbprint: base64url SHA-256 of the required members in order, 43 characters."""
    jwk = _jwk_of(public)
    canonical = f'{{"crv":"{jwk["crv"]}","kty":"{jwk["kty"]}","x":"{jwk["x"]}"}}'
    return _base64url(hashlib.sha256(canonical.encode()).digest())


def _jwk_of(public: Ed25519PublicKey) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": _base64url(public.public_bytes_raw())}


def _octets(jwk: Mapping[str, str], member: str) -> bytes:
    """The 32 octets of one member of an Ed25519 JWK, or KeyUnusable."""
    if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
        raise KeyUnusable("not an Ed25519 key", field="crv")
    text = jwk.get(member, "")
    try:
        octets = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise KeyUnusable("not base64url", field=member) from error
    if len(octets) != 32:
        raise KeyUnusable("an Ed25519 key has 32 octets", field=member)
    return octets


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
