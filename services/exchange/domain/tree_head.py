"""What a hub signs of its evidence log: how many entries it has, and the root over them.

The log holds the header of every frame sent and taken, and the body of every receipt given and got,
those for erasures and for whole snapshots too.
Peers ask each other for heads and check that the log they saw before still stands at the beginning
of the one they see now; so what has once been in it can't be taken out or put in later.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from services.exchange.domain.dsse import TREE_HEAD
from services.exchange.domain.frame import HEADER_BYTES_MAX, SEQ_MAX, Hash, Hub, Seq, stamp
from services.exchange.domain.keys import KeyRing, SigningKey
from services.exchange.domain.merkle import is_consistent, leaf_hash

PATH_NODES_MAX = 128
"""Hashes in one proof; a log of 2^53 entries needs no more than 107."""


class EntryKind(StrEnum):
    """What an entry of the log stands for."""

    FRAME_SENT = "frame-sent"
    FRAME_TAKEN = "frame-taken"
    RECEIPT_GIVEN = "receipt-given"
    RECEIPT_GOT = "receipt-got"
    ERASURE_GIVEN = "erasure-given"
    ERASURE_GOT = "erasure-got"
    SNAPSHOT_RECEIPT_GIVEN = "snapshot-receipt-given"
    SNAPSHOT_RECEIPT_GOT = "snapshot-receipt-got"


class TreeHead(Struct, frozen=True, forbid_unknown_fields=True):
    """What is signed; members stand in the order of their names, as in a frame's header."""

    at: Annotated[str, Meta(pattern=r"^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-9:]{8}\.[0-9]{3}Z\Z")]
    epoch: Seq
    hub: Hub
    kid: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
    root: Hash
    size: Annotated[int, Meta(ge=0, le=SEQ_MAX)]
    v: Literal[1]


class SignedHead(NamedTuple):
    """A tree head as it travels: the signed bytes and their signature."""

    body: bytes
    signature: bytes


class HeadReason(StrEnum):
    """Why a tree head is not believed."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown-key"
    REVOKED_KEY = "revoked-key"
    KEY_OUTSIDE_WINDOW = "key-outside-window"
    WRONG_SIGNATURE = "wrong-signature"
    WRONG_HUB = "wrong-hub"
    EPOCH_NOT_ANNOUNCED = "epoch-not-announced"
    OLDER_EPOCH = "older-epoch"
    SHRUNK = "shrunk"
    INCONSISTENT = "inconsistent"

    @property
    def contradicts(self) -> bool:
        """Whether the peer signed two heads that can't both be true: evidence to keep."""
        return self in (HeadReason.OLDER_EPOCH, HeadReason.SHRUNK, HeadReason.INCONSISTENT)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(TreeHead)


def entry_leaf(kind: EntryKind, signed: bytes) -> bytes:
    """The leaf hash of one entry: over its kind and the bytes that were signed."""
    return leaf_hash(kind.value.encode() + b"\n" + signed)


def sign_head(
    *, hub: str, epoch: int, size: int, root: bytes, key: SigningKey, now: datetime
) -> SignedHead:
    """Sign for the log as it stands."""
    body = _encoder.encode(
        TreeHead(at=stamp(now), epoch=epoch, hub=hub, kid=key.kid, root=root.hex(), size=size, v=1)
    )
    return SignedHead(body, key.sign(TREE_HEAD, body))


def check_head(signed: SignedHead, ring: KeyRing) -> TreeHead | HeadReason:
    """The head that `ring`'s owner signed, or why it is none."""
    head = _read(signed.body)
    if head is None:
        return HeadReason.MALFORMED
    key = ring.get(head.kid)
    if key is None:
        return HeadReason.UNKNOWN_KEY
    if key.revoked:
        return HeadReason.REVOKED_KEY
    if not key.covers(datetime.fromisoformat(head.at)):
        return HeadReason.KEY_OUTSIDE_WINDOW
    if not key.verifies(TREE_HEAD, signed.body, signed.signature):
        return HeadReason.WRONG_SIGNATURE
    return head if head.hub == ring.hub else HeadReason.WRONG_HUB


def follows(
    head: TreeHead, *, held: TreeHead | None, path: Sequence[bytes], epoch_announced: int
) -> HeadReason | None:
    """Why `head` can't come after the head `held` of the same hub; None if it can.

    A new epoch begins a new log, and only once the hub's root has announced it.
    """
    if head.epoch > max(1, epoch_announced):
        return HeadReason.EPOCH_NOT_ANNOUNCED
    if held is None or head.epoch > held.epoch:
        return None
    if head.epoch < held.epoch:
        return HeadReason.OLDER_EPOCH
    if head.size < held.size:
        return HeadReason.SHRUNK
    consistent = is_consistent(
        old_size=held.size,
        old_root=bytes.fromhex(held.root),
        size=head.size,
        root=bytes.fromhex(head.root),
        path=path,
    )
    return None if consistent else HeadReason.INCONSISTENT


def head_of(body: bytes) -> TreeHead:
    """Read a head that was believed before."""
    return _decoder.decode(body)


def _read(body: bytes) -> TreeHead | None:
    """The head, or None; only the canonical spelling is read."""
    if len(body) > HEADER_BYTES_MAX:
        return None
    try:
        head = _decoder.decode(body)
        datetime.fromisoformat(head.at)
    except (msgspec.DecodeError, ValueError):
        return None
    return head if _encoder.encode(head) == body else None
