"""The signed document in which a hub says how it signs: its keys, their windows, what is revoked.

It is signed by the hub's root, a key that stays offline; peers pin that root by an anchor file
which operators hand to each other. So a signing key can be changed or revoked without meeting,
and whoever steals one can't name another. Versions only go up: an old document revokes nothing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from services.exchange.domain.dsse import HUB_DOCUMENT
from services.exchange.domain.frame import Hub, stamp
from services.exchange.domain.keys import RING_KEYS_MAX, KeyUnusable, PeerKey, SigningKey
from shared.kernel.errors import Rejected

DOCUMENT_BYTES_MAX = 64 * 1024
VERSION_MAX = 2**31 - 1
Seconds = Annotated[int, Meta(ge=0, le=253_402_300_799)]
"""Seconds since 1970, up to the year 9999."""


class DocumentReason(StrEnum):
    """The check that a hub document failed, in the order of the checks."""

    OVERSIZE = "document-oversize"
    MALFORMED = "document-malformed"
    WRONG_SIGNATURE = "document-not-signed-by-root"
    WRONG_HUB = "document-of-another-hub"
    OLDER_VERSION = "document-older-than-held"
    CONTRADICTION = "document-version-signed-twice"
    EXPIRED = "document-expired"


class DocumentRefused(Rejected):
    """The document may not be believed; `reason` names the check that failed."""

    code = "exchange.document-refused"

    def __init__(self, reason: DocumentReason, detail: str) -> None:
        super().__init__(detail, reason=reason.value)
        self.reason = reason


class DocumentKey(Struct, frozen=True, forbid_unknown_fields=True):
    """A key the hub signs with from `nbf` until before `exp`, unless it is revoked."""

    crv: Literal["Ed25519"]
    exp: Seconds
    kid: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
    kty: Literal["OKP"]
    nbf: Seconds
    revoked: bool
    x: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]


class HubDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """What a hub says of itself; members stand in the order of their names, as in a header."""

    epoch: Annotated[int, Meta(ge=0, le=VERSION_MAX)]
    expires: Seconds
    hub: Hub
    issued: Annotated[str, Meta(max_length=40)]
    keys: Annotated[tuple[DocumentKey, ...], Meta(min_length=1, max_length=RING_KEYS_MAX)]
    v: Literal[1]
    version: Annotated[int, Meta(ge=1, le=VERSION_MAX)]

    def ring_keys(self) -> Sequence[PeerKey]:
        """Return the keys as a ring takes them; none outlives the document."""
        end = min(self.expires, int(datetime(9999, 1, 1, tzinfo=UTC).timestamp()))
        return [
            PeerKey.from_jwk(
                {"kty": key.kty, "crv": key.crv, "x": key.x, "kid": key.kid},
                nbf=datetime.fromtimestamp(key.nbf, UTC),
                exp=datetime.fromtimestamp(min(key.exp, end), UTC),
                revoked=key.revoked,
            )
            for key in self.keys
            if key.nbf < min(key.exp, end)
        ]


class _Signature(Struct, frozen=True):
    keyid: str
    sig: bytes


class _Envelope(Struct, frozen=True, rename={"payload_type": "payloadType"}):
    payload_type: Literal["application/vnd.eroad.hub+json;v=1"]
    payload: bytes
    signatures: Annotated[list[_Signature], Meta(min_length=1, max_length=4)]


_encode = msgspec.json.Encoder().encode
_envelope = msgspec.json.Decoder(_Envelope)
_document = msgspec.json.Decoder(HubDocument)


def document_key(key: SigningKey, *, nbf: datetime, exp: datetime) -> DocumentKey:
    """Return the public half of `key` with its window."""
    jwk = key.public_jwk()
    return DocumentKey(
        crv="Ed25519",
        exp=int(exp.timestamp()),
        kid=jwk["kid"],
        kty="OKP",
        nbf=int(nbf.timestamp()),
        revoked=False,
        x=jwk["x"],
    )


def new_document(
    hub: str,
    keys: Sequence[DocumentKey],
    *,
    version: int,
    epoch: int = 0,
    issued: datetime,
    expires: datetime,
) -> HubDocument:
    """Return a document ready to be signed; the shapes are checked when it is read."""
    return HubDocument(
        epoch=epoch,
        expires=int(expires.timestamp()),
        hub=hub,
        issued=stamp(issued),
        keys=tuple(keys),
        v=1,
        version=version,
    )


def sign_document(document: HubDocument, root: SigningKey) -> bytes:
    """Return the DSSE envelope, signed by the hub's offline root."""
    body = _encode(document)
    signed = _Signature(root.kid, root.sign(HUB_DOCUMENT, body))
    return _encode(_Envelope("application/vnd.eroad.hub+json;v=1", body, [signed]))


def read_document(
    envelope: bytes,
    *,
    hub: str,
    root: PeerKey,
    now: datetime | None,
    held: tuple[int, bytes] | None = None,
) -> HubDocument:
    """Return the document if it may be believed, or raise DocumentRefused with its reason.

    `held` is the version and envelope kept for this hub; the same document again is fine. `now`
    is None where the clocks of hubs may differ: then expiry is not held against it.
    """
    body, signatures = open_envelope(envelope)
    document = read_body(body, signatures, hub=hub, root=root)
    if held is not None:
        _check_follows(document, body, held)
    if now is not None and document.expires <= now.timestamp():
        raise DocumentRefused(DocumentReason.EXPIRED, "it has expired; its hub must sign a new one")
    return document


def open_envelope(envelope: bytes) -> tuple[bytes, list[bytes]]:
    """Return the body and its signatures, none of them checked, or raise DocumentRefused."""
    if len(envelope) > DOCUMENT_BYTES_MAX:
        raise DocumentRefused(DocumentReason.OVERSIZE, f"over {DOCUMENT_BYTES_MAX} bytes")
    try:
        opened = _envelope.decode(envelope)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DocumentRefused(DocumentReason.MALFORMED, str(error)) from error
    return opened.payload, [each.sig for each in opened.signatures]


def read_body(body: bytes, signatures: Sequence[bytes], *, hub: str, root: PeerKey) -> HubDocument:
    """Return the document that the root of `hub` signed, or raise DocumentRefused."""
    if not any(root.verifies(HUB_DOCUMENT, body, each) for each in signatures):
        raise DocumentRefused(
            DocumentReason.WRONG_SIGNATURE, f"not signed by the root {root.kid} pinned for {hub}"
        )
    document = unverified(body)
    if document.hub != hub:
        raise DocumentRefused(DocumentReason.WRONG_HUB, f"it speaks for {document.hub}, not {hub}")
    return document


def unverified(body: bytes) -> HubDocument:
    """Return what a document says, unverified, or raise DocumentRefused."""
    try:
        document = _document.decode(body)
        document.ring_keys()
    except (msgspec.DecodeError, UnicodeDecodeError, KeyUnusable) as error:
        raise DocumentRefused(DocumentReason.MALFORMED, str(error)) from error
    return document


def _check_follows(document: HubDocument, payload: bytes, held: tuple[int, bytes]) -> None:
    version, envelope = held
    if document.version < version:
        raise DocumentRefused(
            DocumentReason.OLDER_VERSION, f"version {document.version} is before {version}"
        )
    if document.version == version and payload != _envelope.decode(envelope).payload:
        raise DocumentRefused(
            DocumentReason.CONTRADICTION, f"another document was version {version} before"
        )
