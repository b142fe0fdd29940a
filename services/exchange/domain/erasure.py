"""A peer's signed word that it deleted the key with which one person's data were sealed.

The origin keeps it: it shows that what was erased here can't be read there either.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from services.exchange.domain.dsse import ERASURE
from services.exchange.domain.frame import Hub, stamp
from services.exchange.domain.keys import KeyRing, SigningKey
from services.exchange.domain.receipt import Receipt
from services.exchange.domain.sealing import KEY_NAME_PATTERN
from shared.kernel.errors import Rejected

BODY_BYTES_MAX = 1_000


class ErasureReceiptRefused(Rejected):
    """The bytes are no receipt of this peer for this key."""

    code = "exchange.erasure-receipt-refused"


class ErasureBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What the peer signs; members stand in the order of their names."""

    at: Annotated[str, Meta(max_length=40)]
    key: Annotated[str, Meta(pattern=KEY_NAME_PATTERN)]
    kid: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
    origin: Hub
    receiver: Hub
    v: Literal[1]
    was_held: bool
    """Whether there was a copy to delete; none is taken from now on."""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(ErasureBody)


def give_erasure_receipt(
    name: str, *, origin: str, receiver: str, was_held: bool, key: SigningKey, now: datetime
) -> Receipt:
    """Sign that `receiver` has no copy of a key of `origin`, and takes none."""
    body = _encoder.encode(
        ErasureBody(
            at=stamp(now),
            key=name,
            kid=key.kid,
            origin=origin,
            receiver=receiver,
            v=1,
            was_held=was_held,
        )
    )
    return Receipt(body, key.sign(ERASURE, body))


def erasure_of(body: bytes) -> ErasureBody:
    """What a receipt says, unverified, or ErasureReceiptRefused."""
    if len(body) > BODY_BYTES_MAX:
        raise ErasureReceiptRefused("a receipt is not that long")
    try:
        said = _decoder.decode(body)
        datetime.fromisoformat(said.at)
    except (msgspec.DecodeError, ValueError) as error:
        raise ErasureReceiptRefused(str(error)) from error
    return said


def check_erasure_receipt(
    receipt: Receipt, *, name: str, origin: str, ring: KeyRing
) -> ErasureBody:
    """The body of a receipt for this key by the ring's hub, or ErasureReceiptRefused."""
    body = erasure_of(receipt.body)
    at = datetime.fromisoformat(body.at)
    if (body.key, body.origin, body.receiver) != (name, origin, ring.hub):
        raise ErasureReceiptRefused("it is a receipt for something else")
    key = ring.get(body.kid)
    if key is None or key.revoked or not key.covers(at):
        raise ErasureReceiptRefused(f"{ring.hub} may not sign with {body.kid} at {body.at}")
    if not key.verifies(ERASURE, receipt.body, receipt.signature):
        raise ErasureReceiptRefused(f"it is not signed by {ring.hub}")
    return body
