"""Signing a settlement sheet with the hub's Ed25519 key, and verifying a peer's."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from services.payments.domain.rejections import NoSigningKey

KEY_ID_LENGTH = 32


@dataclass(frozen=True)
class Signer:
    """This hub's key, if it has one, and the keys of its peers."""

    private: Ed25519PrivateKey | None = field(default=None, repr=False)
    peers: Mapping[str, tuple[Ed25519PublicKey, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, pem: str | None, anchors: str | None) -> "Signer":
        """Read the hub's key (PEM) and what it knows of its peers (the e-road's anchors, JSON)."""
        private = None
        if pem:
            found = load_pem_private_key(pem.encode(), password=None)
            assert isinstance(found, Ed25519PrivateKey), "a signing key is an Ed25519 key"
            private = found
        known = json.loads(anchors)["peers"] if anchors else []
        peers = {
            each["hub"]: tuple(
                Ed25519PublicKey.from_public_bytes(_octets(key["x"])) for key in each["keys"]
            )
            for each in known
        }
        return cls(private, peers)

    @property
    def can_sign(self) -> bool:
        return self.private is not None

    @property
    def key_id(self) -> str:
        """Name our key by its hash, so that no other key can claim the name."""
        assert self.private is not None, "only a hub with a key says its name"
        raw = self.private.public_key().public_bytes_raw()
        return hashlib.sha256(raw).hexdigest()[:KEY_ID_LENGTH]

    def sign(self, statement: bytes) -> str:
        """Return the signature as hex, or raise NoSigningKey."""
        if self.private is None:
            raise NoSigningKey("this hub's payments have no signing key")
        return self.private.sign(statement).hex()

    def verifies(self, peer: str, statement: bytes, signature: str) -> bool:
        """Say whether one of the peer's keys made this signature."""
        try:
            raw = bytes.fromhex(signature)
        except ValueError:
            return False
        return any(_fits(key, raw, statement) for key in self.peers.get(peer, ()))


def _fits(key: Ed25519PublicKey, signature: bytes, statement: bytes) -> bool:
    try:
        key.verify(signature, statement)
    except InvalidSignature:
        return False
    return True


def _octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
