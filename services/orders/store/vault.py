"""Secrets that this service must be able to use again, unreadable in its database and backups.

AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits. What is sealed is bound to its place:
a sealed text copied into another row or column does not open there. The first key seals; the others
only open, until everything is sealed anew.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.kernel.errors import Unavailable

KEY_BYTES = 32
KEY_ID_BYTES = 4
NONCE_BYTES = 12
SEALED = "sealed:"


class SecretUnreadable(Unavailable):
    """A secret was sealed with a key that is not in the settings, or was tampered with."""

    code = "orders.secret-unreadable"


class Vault:
    """Seals and opens texts; without keys it keeps them as they are."""

    def __init__(self, keys: Sequence[bytes] = ()) -> None:
        """Raises ValueError for a key of another length than KEY_BYTES."""
        if any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"a vault key has {KEY_BYTES} bytes")
        self._keys = {_key_id(key): AESGCM(key) for key in keys}
        self._seals_with = _key_id(keys[0]) if keys else b""

    @classmethod
    def from_text(cls, text: str) -> "Vault":
        """Read keys in base64, one a line or separated by commas, or raise ValueError."""
        words = text.replace(",", " ").split()
        try:
            return cls([base64.b64decode(word, validate=True) for word in words])
        except binascii.Error as error:
            raise ValueError("a vault key is written in base64") from error

    @property
    def has_keys(self) -> bool:
        return bool(self._keys)

    def seal(self, plain: str, *, place: str) -> str:
        """Return the text as it may be kept at that place; a blank one stays blank."""
        if not plain or not self._keys:
            return plain
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._keys[self._seals_with].encrypt(nonce, plain.encode(), place.encode())
        return SEALED + base64.b64encode(self._seals_with + nonce + sealed).decode()

    def open(self, kept: str, *, place: str) -> str:
        """Return the text that was kept at that place, or raise SecretUnreadable."""
        if not kept.startswith(SEALED):
            return kept
        raw = base64.b64decode(kept.removeprefix(SEALED))
        key = self._keys.get(raw[:KEY_ID_BYTES])
        if key is None:
            raise SecretUnreadable("a secret was sealed with a key that is not in the settings")
        nonce, sealed = raw[KEY_ID_BYTES:][:NONCE_BYTES], raw[KEY_ID_BYTES + NONCE_BYTES :]
        try:
            return key.decrypt(nonce, sealed, place.encode()).decode()
        except InvalidTag as error:
            raise SecretUnreadable("a secret was altered, or moved from its place") from error

    def is_current(self, kept: str) -> bool:
        """Say whether a text is kept as `seal` would keep it now."""
        if not kept or not self._keys:
            return True
        if not kept.startswith(SEALED):
            return False
        return base64.b64decode(kept.removeprefix(SEALED))[:KEY_ID_BYTES] == self._seals_with


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:KEY_ID_BYTES]
