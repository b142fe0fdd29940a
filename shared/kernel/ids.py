"""Ids: `<prefix>_<hub>_<26 base32 characters of a UUIDv7>`, unique everywhere, owner readable.

They sort by time within one prefix and hub. Ids that must be the same however often they are
computed (the effect of one event, say) are derived from their cause instead of drawn.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Protocol

from shared.kernel.clock import Clock
from shared.kernel.errors import Rejected

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ID_PATTERN = r"^[a-z]{2,5}_[a-z]{2}-[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$"
HUB_PATTERN = r"^[a-z]{2}-[a-z]{3}$"
_PAIRS = tuple(one + other for one in ALPHABET for other in ALPHABET)
_LOW = (1 << 60) - 1
_ID = re.compile(ID_PATTERN)
_HUB = re.compile(HUB_PATTERN)


class IdMalformed(Rejected):
    """An id must look like `ord_cn-hgh_01k...`."""

    code = "id-malformed"


@dataclass(frozen=True)
class ParsedId:
    prefix: str
    hub: str
    value: str


class Ids(Protocol):
    """Whatever can draw a new id; the hub that owns the result is part of it."""

    hub: str

    def new(self, prefix: str) -> str: ...


class TimeOrderedIds:
    """Draws UUIDv7 ids for one hub; two draws in one process never come out of order."""

    def __init__(self, hub: str, clock: Clock) -> None:
        if not _HUB.match(hub):
            raise ValueError(f"a hub is named like my-kul, not {hub!r}")
        self.hub = hub
        self._clock = clock
        self._last = 0

    def new(self, prefix: str) -> str:
        ms = int(self._clock.now().timestamp() * 1000)
        value = (ms << 80) | (0x7 << 76) | secrets.randbits(76)
        value = (value & ~(0x3 << 62)) | (0x2 << 62)
        if value <= self._last:
            value = _next_uuid7(self._last)
        self._last = value
        return f"{prefix}_{self.hub}_{_base32(value)}"


def derived_id(prefix: str, hub: str, *parts: str) -> str:
    """Return the one id that these parts always give (a UUIDv8 over their SHA-256)."""
    digest = hashlib.sha256("\x1f".join((prefix, hub, *parts)).encode()).digest()
    value = int.from_bytes(digest[:16])
    value = (value & ~(0xF << 76)) | (0x8 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return f"{prefix}_{hub}_{_base32(value)}"


def parse_id(text: str, *, field: str | None = None) -> ParsedId:
    """Split an id into its parts, or raise IdMalformed."""
    if not _ID.match(text):
        raise IdMalformed("not an id of this system", field=field)
    prefix, hub, value = text.split("_")
    return ParsedId(prefix=prefix, hub=hub, value=value)


def _next_uuid7(last: int) -> int:
    """Return the next larger UUIDv7, skipping over the version and variant bits."""
    low = (last & ((1 << 62) - 1)) + 1
    high = (last >> 64) & 0xFFF
    ms = last >> 80
    if low >> 62:
        low, high = 0, high + 1
    if high >> 12:
        high, ms = 0, ms + 1
    return (ms << 80) | (0x7 << 76) | (high << 64) | (0x2 << 62) | low


def _base32(value: int) -> str:
    """Return 128 bits as 26 digits: two at a time, from halves that are small integers."""
    high, low = value >> 60, value & _LOW
    return (
        f"{_PAIRS[high >> 60]}{_PAIRS[high >> 50 & 1023]}{_PAIRS[high >> 40 & 1023]}"
        f"{_PAIRS[high >> 30 & 1023]}{_PAIRS[high >> 20 & 1023]}{_PAIRS[high >> 10 & 1023]}"
        f"{_PAIRS[high & 1023]}{_PAIRS[low >> 50]}{_PAIRS[low >> 40 & 1023]}"
        f"{_PAIRS[low >> 30 & 1023]}{_PAIRS[low >> 20 & 1023]}{_PAIRS[low >> 10 & 1023]}"
        f"{_PAIRS[low & 1023]}"
    )
