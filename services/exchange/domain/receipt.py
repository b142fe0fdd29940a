"""The receiver's signed word that it took a frame, and what of it it put aside.

With the signed frame at one end and the signed receipt at the other, neither hub can later deny
what crossed. The origin keeps its records until their receipt is here.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from services.exchange.domain.dsse import RECEIPT
from services.exchange.domain.frame import (
    FRAME_EVENTS_MAX,
    HEADER_BYTES_MAX,
    Hash,
    Header,
    Hub,
    Seq,
    header_hash,
    stamp,
)
from services.exchange.domain.keys import KeyRing, SigningKey
from services.exchange.domain.receive import Apply
from services.exchange.domain.records import Quarantined
from shared.kernel.errors import Rejected


class ReceiptMalformed(Rejected):
    """The bytes are not those of a receipt."""

    code = "exchange.receipt-malformed"


class ReceiptBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What the receiver signs; members stand in the order of their names, as in a header."""

    accepted: Annotated[int, Meta(ge=0, le=FRAME_EVENTS_MAX)]
    at: Annotated[str, Meta(pattern=r"^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-9:]{8}\.[0-9]{3}Z\Z")]
    first: Seq
    frame: Hash
    kid: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
    n: Annotated[int, Meta(ge=1, le=FRAME_EVENTS_MAX)]
    quarantined: Hash
    receiver: Hub
    v: Literal[1]


class Receipt(NamedTuple):
    """A receipt as it travels: the signed bytes and their signature."""

    body: bytes
    signature: bytes


class ReceiptReason(StrEnum):
    """Why a receipt is not one for this frame."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown-key"
    REVOKED_KEY = "revoked-key"
    KEY_OUTSIDE_WINDOW = "key-outside-window"
    WRONG_SIGNATURE = "wrong-signature"
    WRONG_RECEIVER = "wrong-receiver"
    OTHER_FRAME = "other-frame"
    COUNT_MISMATCH = "count-mismatch"


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(ReceiptBody)


def give_receipt(applied: Apply, *, key: SigningKey, now: datetime) -> Receipt:
    """Sign for a frame once its records, quarantine rows and position are stored."""
    body = _encoder.encode(
        ReceiptBody(
            accepted=len(applied.accepted),
            at=stamp(now),
            first=applied.header.first,
            frame=applied.header_hash,
            kid=key.kid,
            n=applied.header.n,
            quarantined=quarantine_hash(applied.aside),
            receiver=applied.header.dest,
            v=1,
        )
    )
    return Receipt(body, key.sign(RECEIPT, body))


def quarantine_hash(aside: Iterable[Quarantined]) -> str:
    """Hex SHA-256 over `<seq> <reason>` lines of the quarantined records, in their order.

    The sequence number is the record's name here: a malformed record may have no other.
    """
    lines = (f"{record.seq} {record.reason}\n" for record in aside)
    return sha256("".join(lines).encode()).hexdigest()


def check_receipt(
    receipt: Receipt, *, header: bytes, of: Header, ring: KeyRing
) -> ReceiptBody | ReceiptReason:
    """Hold a receipt against the frame it should be for, and the keys of its destination."""
    try:
        body = read_receipt(receipt)
    except ReceiptMalformed:
        return ReceiptReason.MALFORMED
    key = ring.get(body.kid)
    if key is None:
        return ReceiptReason.UNKNOWN_KEY
    at = datetime.fromisoformat(body.at)
    failing: Sequence[tuple[bool, ReceiptReason]] = (
        (key.revoked, ReceiptReason.REVOKED_KEY),
        (not key.covers(at), ReceiptReason.KEY_OUTSIDE_WINDOW),
        (
            not key.verifies(RECEIPT, receipt.body, receipt.signature),
            ReceiptReason.WRONG_SIGNATURE,
        ),
        (body.receiver != of.dest or ring.hub != of.dest, ReceiptReason.WRONG_RECEIVER),
        (body.frame != header_hash(header), ReceiptReason.OTHER_FRAME),
        (
            (body.first, body.n) != (of.first, of.n) or body.accepted > body.n,
            ReceiptReason.COUNT_MISMATCH,
        ),
    )
    return next((reason for failed, reason in failing if failed), body)


def read_receipt(receipt: Receipt) -> ReceiptBody:
    """The body unverified, or ReceiptMalformed; only the canonical spelling is read."""
    try:
        if len(receipt.body) > HEADER_BYTES_MAX:
            raise ReceiptMalformed("a receipt is not that long")
        body = _decoder.decode(receipt.body)
        datetime.fromisoformat(body.at)
    except (msgspec.DecodeError, ValueError) as error:
        raise ReceiptMalformed(str(error)) from error
    if _encoder.encode(body) != receipt.body:
        raise ReceiptMalformed("the receipt is not in its canonical spelling")
    return body
