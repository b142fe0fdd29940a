"""Personal data that may leave: sealed with a key that one person has with one peer.

The key never travels with what it sealed, so frames, replicas, hashes and proofs hold nothing but
ciphertext, and stay true when the key is deleted at both hubs: that is what erasing is.
AES-256-GCM (SP 800-38D); keys are wrapped by AES Key Wrap (RFC 3394) under a key of the pair.
"""

import base64
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)

from shared.kernel.errors import Rejected

KEY_BYTES = 32
KEY_NAME_BYTES = 16
NONCE_BYTES = 12
WRAPPED_BYTES = KEY_BYTES + 8
SALT = b"eroad-person-keys-v1"
KEY_NAME_PATTERN = r"^[a-z2-7]{26}\Z"
SEALED_PATTERN = r"^sealed_[a-z2-7]{26}_[A-Za-z0-9_-]{39,8000}\Z"
_SEALED = re.compile(r"sealed_([a-z2-7]{26})_([A-Za-z0-9_-]{39,8000})")


class SealBroken(Rejected):
    """A sealed value or a wrapped key is not what its key made."""

    code = "exchange.seal-broken"


@dataclass(frozen=True, slots=True)
class PersonKey:
    """One person's key with one peer; `name` is random and tells nothing of either."""

    name: str
    secret: bytes = field(repr=False)

    @classmethod
    def new(cls) -> "PersonKey":
        name = base64.b32encode(os.urandom(KEY_NAME_BYTES)).decode().rstrip("=").lower()
        return cls(name, os.urandom(KEY_BYTES))

    @classmethod
    def unwrapped(cls, name: str, wrapped: bytes, *, pair_key: bytes) -> "PersonKey":
        """The key that was wrapped for this pair, or SealBroken."""
        try:
            return cls(name, aes_key_unwrap(_wrapping_key(pair_key), wrapped))
        except (InvalidUnwrap, ValueError) as error:
            raise SealBroken("the key was not wrapped for this pair of hubs") from error

    def wrapped(self, *, pair_key: bytes) -> bytes:
        """The key as it is kept at both hubs and sent between them: 40 bytes."""
        return aes_key_wrap(_wrapping_key(pair_key), self.secret)

    def seal(self, value: object, *, event_id: str, field: str) -> str:
        """The text in place of a value; it opens nowhere but in this field of this event."""
        nonce = os.urandom(NONCE_BYTES)
        plain = msgspec.json.encode(value)
        sealed = AESGCM(self.secret).encrypt(nonce, plain, self._bound(event_id, field))
        text = base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()
        return f"sealed_{self.name}_{text}"

    def opened(self, sealed: str, *, event_id: str, field: str) -> object:
        """The value that was sealed for this place with this key, or SealBroken."""
        found = _SEALED.fullmatch(sealed)
        if found is None or found[1] != self.name:
            raise SealBroken("it is not sealed with this key", field=field)
        try:
            octets = base64.urlsafe_b64decode(found[2] + "=" * (-len(found[2]) % 4))
            nonce, text = octets[:NONCE_BYTES], octets[NONCE_BYTES:]
            plain = AESGCM(self.secret).decrypt(nonce, text, self._bound(event_id, field))
        except (InvalidTag, ValueError) as error:
            raise SealBroken("it was sealed for another place", field=field) from error
        return msgspec.json.decode(plain)

    def _bound(self, event_id: str, field: str) -> bytes:
        return f"{event_id}|{field}|{self.name}".encode()


def key_names_in(data: bytes) -> set[str]:
    """The names of the keys that open something in the data of an event."""
    return {_SEALED.fullmatch(text)[1] for _, text in _sealed_in(msgspec.json.decode(data), "")}  # type: ignore[index]


def open_all(
    data: bytes, keys: Mapping[str, PersonKey], *, event_id: str
) -> tuple[bytes, tuple[str, ...]]:
    """The data with what these keys open in the clear, null in place of what none does, and the
    paths of those."""
    closed: list[str] = []

    def shown(value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return {name: shown(part, _below(path, name)) for name, part in value.items()}
        if isinstance(value, list):
            return [shown(part, path) for part in value]
        found = _SEALED.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return value
        key = keys.get(found[1])
        if key is None:
            closed.append(path)
            return None
        return key.opened(value, event_id=event_id, field=path)

    return msgspec.json.encode(shown(msgspec.json.decode(data), "")), tuple(closed)


def _sealed_in(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _sealed_in(part, _below(path, name))
    elif isinstance(value, list):
        for part in value:
            yield from _sealed_in(part, path)
    elif isinstance(value, str) and _SEALED.fullmatch(value):
        yield path, value


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _wrapping_key(pair_key: bytes) -> bytes:
    """The pair's key for wrapping, which is no other key of the pair (RFC 5869)."""
    return HKDF(SHA256(), KEY_BYTES, salt=SALT, info=b"wrap").derive(pair_key)
