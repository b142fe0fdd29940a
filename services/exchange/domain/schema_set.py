"""The signed word of which types of events a hub speaks: each type and version with the hash of its
published schema, and the name of them all, which stands in the header of its frames.

It is signed with a signing key and not by the root: an upgrade changes it, and needs no operator.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from services.exchange.domain.dsse import SCHEMA_SET
from services.exchange.domain.frame import Hash, Hub, stamp
from services.exchange.domain.keys import KeyRing, SigningKey
from shared.kernel.errors import Rejected

ENVELOPE_BYTES_MAX = 512 * 1024
TYPES_MAX = 2_000
NAME_DIGITS = 16

TypeName = Annotated[str, Meta(pattern=r"^[a-z]+\.[a-z-]+\.v[0-9]{1,3}\Z", max_length=100)]


class SchemaSetRefused(Rejected):
    """The bytes are no schema set that this hub signed."""

    code = "exchange.schema-set-refused"


class SchemaSet(Struct, frozen=True, forbid_unknown_fields=True):
    """What is signed; members stand in the order of their names, as in a frame's header."""

    at: Annotated[str, Meta(max_length=40)]
    hub: Hub
    kid: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
    schema_set: Annotated[str, Meta(pattern=r"^[0-9a-f]{16}\Z")]
    types: Annotated[dict[TypeName, Hash], Meta(max_length=TYPES_MAX)]
    v: Literal[1]


class Difference(NamedTuple):
    """How the types that a hub speaks differ from those that are published."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    other_hash: tuple[str, ...]


class _Signature(Struct, frozen=True):
    keyid: str
    sig: bytes


class _Envelope(Struct, frozen=True, rename={"payload_type": "payloadType"}):
    payload_type: Literal["application/vnd.eroad.schema-set+json;v=1"]
    payload: bytes
    signatures: Annotated[list[_Signature], Meta(min_length=1, max_length=1)]


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(SchemaSet)
_envelope = msgspec.json.Decoder(_Envelope)


def name_of_set(types: Mapping[str, str]) -> str:
    """Name a set: the first 16 hex digits of the SHA-256 over its types and hashes, in order."""
    return hashlib.sha256(_encoder.encode(types)).hexdigest()[:NAME_DIGITS]


def sign_schema_set(types: Mapping[str, str], *, hub: str, key: SigningKey, now: datetime) -> bytes:
    """The DSSE envelope over the types that `hub` speaks, each with its schema's hash."""
    spoken = SchemaSet(
        at=stamp(now),
        hub=hub,
        kid=key.kid,
        schema_set=name_of_set(types),
        types=dict(types),
        v=1,
    )
    body = _encoder.encode(spoken)
    signed = _Signature(key.kid, key.sign(SCHEMA_SET, body))
    return _encoder.encode(_Envelope("application/vnd.eroad.schema-set+json;v=1", body, [signed]))


def read_schema_set(envelope: bytes, ring: KeyRing) -> SchemaSet:
    """The set that the ring's hub signed, or SchemaSetRefused."""
    if len(envelope) > ENVELOPE_BYTES_MAX:
        raise SchemaSetRefused(f"over {ENVELOPE_BYTES_MAX} bytes")
    try:
        opened = _envelope.decode(envelope)
        spoken = _decoder.decode(opened.payload)
        at = datetime.fromisoformat(spoken.at)
    except (msgspec.DecodeError, ValueError) as error:
        raise SchemaSetRefused(str(error)) from error
    key = ring.get(spoken.kid)
    if key is None or key.revoked or at.tzinfo is None or not key.covers(at):
        raise SchemaSetRefused(f"{ring.hub} may not sign with {spoken.kid} at {spoken.at}")
    if not key.verifies(SCHEMA_SET, opened.payload, opened.signatures[0].sig):
        raise SchemaSetRefused(f"it is not signed by {ring.hub}")
    if spoken.hub != ring.hub:
        raise SchemaSetRefused(f"it speaks for {spoken.hub}, not {ring.hub}")
    if spoken.schema_set != name_of_set(spoken.types):
        raise SchemaSetRefused(f"{spoken.schema_set} is not the name of these types")
    return spoken


def difference(spoken: Mapping[str, str], published: Mapping[str, str]) -> Difference:
    """How what is spoken differs from what is published, by the names of the types."""
    return Difference(
        missing=tuple(sorted(published.keys() - spoken.keys())),
        unknown=tuple(sorted(spoken.keys() - published.keys())),
        other_hash=tuple(
            name
            for name in sorted(spoken.keys() & published.keys())
            if spoken[name] != published[name]
        ),
    )
