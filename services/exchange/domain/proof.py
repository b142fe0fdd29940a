"""One event shown to a third party: its line, its path to the frame's root, the signed header.

The other records of the frame stay unseen. Nothing but the origin's public keys is needed to
check it, at any later time, so it can be done off line.
"""

from enum import StrEnum

import msgspec
from msgspec import Struct

from services.exchange.domain.dsse import FRAME
from services.exchange.domain.frame import (
    Frame,
    FrameMalformed,
    decode_header,
    lines_of,
)
from services.exchange.domain.keys import KeyRing
from services.exchange.domain.line import LineMalformed, envelope_of
from services.exchange.domain.merkle import inclusion_path, is_included, leaf_hash
from shared.contracts.event import Envelope
from shared.kernel.errors import NotFound, Rejected

PROOF_BYTES_MAX = 1_500_000
"""The largest event in base64, and what belongs to it."""
SIGNATURES_MAX = 4


class NotInFrame(NotFound):
    """The frame does not hold a record of that number."""

    code = "exchange.not-in-frame"


class ProofMalformed(Rejected):
    """The bytes are not those of a proof."""

    code = "exchange.proof-malformed"


class ProofReason(StrEnum):
    """Why a proof proves nothing."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown-key"
    REVOKED_KEY = "revoked-key"
    KEY_OUTSIDE_WINDOW = "key-outside-window"
    WRONG_SIGNATURE = "wrong-signature"
    NOT_IN_STREAM = "not-in-stream"
    WRONG_PATH = "wrong-path"


class Signature(Struct, frozen=True, forbid_unknown_fields=True):
    """One signature of a DSSE envelope."""

    keyid: str
    sig: bytes


class SignedHeader(Struct, frozen=True, forbid_unknown_fields=True):
    """A frame's header as a DSSE envelope, which other tools can check too."""

    payload: bytes
    payloadType: str  # noqa: N815, the name is DSSE's
    signatures: tuple[Signature, ...]


class EventProof(Struct, frozen=True, forbid_unknown_fields=True):
    """What is handed over, as JSON with the bytes in base64."""

    header: SignedHeader
    seq: int
    line: bytes
    path: tuple[bytes, ...]


def prove(frame: Frame, seq: int) -> EventProof:
    """The proof for the record numbered `seq`, or NotInFrame."""
    header = decode_header(frame.header)
    if not header.first <= seq <= header.last:
        raise NotInFrame(f"the frame holds {header.first} to {header.last}")
    lines, index = lines_of(frame.value, count=header.n), seq - header.first
    return EventProof(
        header=SignedHeader(
            payload=frame.header,
            payloadType=FRAME,
            signatures=(Signature(keyid=header.kid, sig=frame.signature),),
        ),
        seq=seq,
        line=lines[index],
        path=inclusion_path(lines, index),
    )


def check_proof(proof: EventProof, ring: KeyRing) -> Envelope | ProofReason:
    """The event that `ring`'s owner vouched for, or why this is no proof of it.

    A key that has ended proves what it signed in its time; a revoked one proves nothing here,
    because its thief could have signed for any time.
    """
    try:
        header = decode_header(proof.header.payload)
        envelope = envelope_of(proof.line)
    except (FrameMalformed, LineMalformed):
        return ProofReason.MALFORMED
    if proof.header.payloadType != FRAME:
        return ProofReason.MALFORMED
    if header.origin != ring.hub or not header.first <= proof.seq <= header.last:
        return ProofReason.NOT_IN_STREAM
    key = ring.get(header.kid)
    if key is None:
        return ProofReason.UNKNOWN_KEY
    if key.revoked:
        return ProofReason.REVOKED_KEY
    if not key.covers(header.at):
        return ProofReason.KEY_OUTSIDE_WINDOW
    if not any(
        key.verifies(FRAME, proof.header.payload, signature.sig)
        for signature in proof.header.signatures[:SIGNATURES_MAX]
    ):
        return ProofReason.WRONG_SIGNATURE
    included = is_included(
        leaf_hash(proof.line),
        index=proof.seq - header.first,
        size=header.n,
        path=proof.path,
        root=bytes.fromhex(header.root),
    )
    return envelope if included else ProofReason.WRONG_PATH


def write_proof(proof: EventProof) -> bytes:
    """The proof as JSON."""
    return msgspec.json.encode(proof)


def read_proof(text: bytes) -> EventProof:
    """A proof from its JSON, or ProofMalformed."""
    if len(text) > PROOF_BYTES_MAX:
        raise ProofMalformed("a proof is not that long")
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProofMalformed(str(error)) from error


_decoder = msgspec.json.Decoder(EventProof)
