"""A country pack as a signed document: packed, signed by its owner's hub, believed when it checks.

The payload is zlib over canonical JSON. Whoever receives one checks the signature, that the hub
owns the country, that the content has the hash it names, and that the pack passes lint.
"""

import json
import zlib
from dataclasses import dataclass
from typing import Any

from services.permits.domain.signing import Checking, DocumentKey, Keys, json_bytes
from shared.packs.errors import PackMalformed
from shared.packs.lint import check_pack
from shared.packs.pack import Pack, read_pack

TYPE = "eroad-pack+jws"
PACKED_BYTES_MAX = 16_000_000
UNPACKED_BYTES_MAX = 64_000_000
"""A document that unfolds to more is refused before it fills the memory."""


@dataclass(frozen=True, kw_only=True)
class PublishedPack:
    """A pack and the hub that signed it."""

    pack: Pack
    hub: str


def sign_pack(key: DocumentKey, pack: Pack, *, hub: str) -> str:
    """Return the pack as a signed document."""
    claims = {"iss": hub, "content_hash": pack.digest, "pack": pack.document}
    return key.sign(zlib.compress(json_bytes(claims), 9), typ=TYPE)


def open_pack(document: str, keys: Keys) -> PublishedPack:
    """Return the pack of a document that passes every check, or raise CheckFailed."""
    checking = Checking()
    key, payload = checking.open(document, keys, typ=TYPE, length_max=PACKED_BYTES_MAX)
    claims = _unpacked(payload)
    good = isinstance(claims.get("pack"), dict)
    checking.check("content", holds=good, otherwise="is not a pack, or unfolds to too much")
    good = claims.get("iss") == key.hub
    checking.check("issuer", holds=good, otherwise="the key belongs to another hub")
    pack, problem = _read(claims["pack"])
    checking.check("lint", holds=pack is not None, otherwise=problem)
    assert pack is not None, "checked above"
    good = pack.digest == claims.get("content_hash")
    checking.check("hash", holds=good, otherwise="the content has another hash than it names")
    good = key.hub[:2].upper() == pack.country
    checking.check("owner", holds=good, otherwise=f"{key.hub} does not own {pack.country}")
    return PublishedPack(pack=pack, hub=key.hub)


def _unpacked(payload: bytes) -> dict[str, Any]:
    unfolder = zlib.decompressobj()
    try:
        raw = unfolder.decompress(payload, UNPACKED_BYTES_MAX)
        found = json.loads(raw) if unfolder.eof else {}
    except (zlib.error, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _read(document: dict[str, Any]) -> tuple[Pack | None, str]:
    try:
        return check_pack(read_pack(document)), ""
    except PackMalformed as malformed:
        return None, str(malformed)[:500]
