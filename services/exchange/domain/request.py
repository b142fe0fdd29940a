"""How one hub's request proves whom it comes from: Ed25519 over what is asked, of whom and when.

The same keys that sign frames sign requests; DSSE binds the kind, so neither passes for the other.
The signature covers method, path, query, body and the hub that is asked, so it opens nothing else.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

import msgspec
from msgspec import Struct

from services.exchange.domain.frame import Hub, stamp
from services.exchange.domain.keys import KeyRing, SigningKey
from shared.kernel.errors import Unauthenticated

REQUEST = "application/vnd.eroad.request+json;v=1"
SKEW_MAX = timedelta(seconds=60)
SIGNED_BY, SIGNATURE = "eroad-signed", "eroad-signature"
"""The two header fields, in lower case as HTTP/2 sends them."""
SIGNED_CHARACTERS_MAX = 2_000


class RequestNotTrusted(Unauthenticated):
    """The request is not signed by a peer that this hub knows, or not in this moment."""

    code = "exchange.request-not-trusted"


class Asked(NamedTuple):
    """What a request asks; `path` is below the exchange's own address, `query` as sent."""

    method: str
    path: str
    query: str
    body: bytes


class _Signed(Struct, frozen=True, forbid_unknown_fields=True):
    at: str
    body: str
    kid: str
    method: str
    of: Hub
    path: str
    query: str
    to: Hub


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Signed)


def sign_request(
    asked: Asked, *, by: str, to: str, key: SigningKey, now: datetime
) -> Mapping[str, str]:
    """The header fields that make `asked` a request of hub `by` to hub `to`."""
    signed = _encoder.encode(
        _Signed(
            at=stamp(now),
            body=sha256(asked.body).hexdigest(),
            kid=key.kid,
            method=asked.method,
            of=by,
            path=asked.path,
            query=asked.query,
            to=to,
        )
    )
    return {SIGNED_BY: _text(signed), SIGNATURE: _text(key.sign(REQUEST, signed))}


def check_request(
    asked: Asked,
    headers: Mapping[str, str],
    *,
    rings: Mapping[str, KeyRing],
    to: str,
    now: datetime | None,
) -> str:
    """The hub that asks, or RequestNotTrusted.

    Within SKEW_MAX a request may be repeated, so what it asks for must bear repetition. `now` is
    None where clocks may be moved for training, each hub's on its own: then the moment counts
    for nothing.
    """
    try:
        signed = _octets(headers.get(SIGNED_BY, ""))
        signature = _octets(headers.get(SIGNATURE, ""))
        said = _decoder.decode(signed)
        at = datetime.fromisoformat(said.at)
    except (msgspec.DecodeError, binascii.Error, UnicodeError, ValueError) as error:
        raise RequestNotTrusted("the request is not signed as it should be") from error
    ring = rings.get(said.of)
    key = ring.get(said.kid) if ring else None
    if key is None or key.revoked or not key.verifies(REQUEST, signed, signature):
        raise RequestNotTrusted("the request is not signed by a peer of this hub")
    here = (asked.method, asked.path, asked.query, sha256(asked.body).hexdigest(), to)
    if (said.method, said.path, said.query, said.body, said.to) != here:
        raise RequestNotTrusted("another request was signed")
    if now is not None and (at.tzinfo is None or abs(now - at) > SKEW_MAX):
        raise RequestNotTrusted("the request was signed at another time")
    if not key.covers(at if now is None else now):
        raise RequestNotTrusted("the request is not signed by a peer of this hub")
    return said.of


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _octets(text: str) -> bytes:
    if not 0 < len(text) <= SIGNED_CHARACTERS_MAX:
        raise ValueError("missing or too long")
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
