"""The secret that two hubs share without ever sending it: X25519 between their pairing keys.

Tokens in place of identity numbers are keyed with it, so the same person has another token at
every pair of hubs, and an anchor file holds nothing that must be kept from anybody.
"""

import base64
import binascii
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.exchange.domain.keys import KeyUnusable
from services.exchange.domain.policy import PAIR_KEY_BYTES_MIN

SALT = b"eroad-pair-v1"


@dataclass(frozen=True, slots=True)
class PairingKey:
    """The private half of one hub."""

    private: X25519PrivateKey = field(repr=False)

    @classmethod
    def from_pem(cls, pem: bytes) -> "PairingKey":
        """Read a PKCS #8 X25519 key, or raise KeyUnusable."""
        try:
            private = serialization.load_pem_private_key(pem, None)
        except (ValueError, TypeError) as error:
            raise KeyUnusable("not a readable private key") from error
        if not isinstance(private, X25519PrivateKey):
            raise KeyUnusable("the pairing key is not X25519")
        return cls(private)

    def public_x(self) -> str:
        """The public half, base64url without padding, as an anchor shows it."""
        raw = self.private.public_key().public_bytes_raw()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def secret_with(self, x: str, *, hubs: tuple[str, str]) -> bytes:
        """The 32 bytes that only these two hubs can compute (RFC 7748, RFC 5869)."""
        try:
            octets = base64.b64decode(x + "=" * (-len(x) % 4), altchars=b"-_", validate=True)
            shared = self.private.exchange(X25519PublicKey.from_public_bytes(octets))
        except (binascii.Error, ValueError) as error:
            raise KeyUnusable("the peer's pairing key is not X25519", field="pairing") from error
        info = "+".join(sorted(hubs)).encode()
        return HKDF(SHA256(), PAIR_KEY_BYTES_MIN, salt=SALT, info=info).derive(shared)
