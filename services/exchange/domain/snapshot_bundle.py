"""One event that came in a snapshot, with all that proves it, for somebody who trusts only anchors.

The record is in a part that its origin signed, the part is one of those of the snapshot, and for
that very snapshot the destination signed a receipt, which stands in its evidence log.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from services.exchange.domain.bundle import (
    BundleMalformed,
    Check,
    CheckFailed,
    Documents,
    Logged,
    Signed,
    head_by_either,
    in_log,
    in_one_spelling,
    ring_of,
    up_to_the_first_failure,
)
from services.exchange.domain.dsse import SNAPSHOT
from services.exchange.domain.frame import SEQ_MAX, Frame, FrameMalformed, lines_of
from services.exchange.domain.line import LineMalformed, envelope_of
from services.exchange.domain.merkle import (
    inclusion_path,
    inclusion_path_of_leaves,
    is_included,
    leaf_hash,
)
from services.exchange.domain.peer import Pinned
from services.exchange.domain.receipt import Receipt
from services.exchange.domain.receive import Refusing, check_signature
from services.exchange.domain.snapshot import (
    NUMBER_BYTES_MAX,
    Entry,
    PartHeader,
    is_receipt_for,
    line_of,
    read_part,
)
from services.exchange.domain.stream import Stream
from services.exchange.domain.tree_head import PATH_NODES_MAX, EntryKind, entry_leaf

Path = Annotated[tuple[bytes, ...], Meta(max_length=PATH_NODES_MAX)]
"""The neighbours of a leaf on its way to the root."""


class SnapshotCheckName(StrEnum):
    """Every check in its order; each relies on those before it."""

    FORM = "form"
    ORIGIN_KEYS = "origin-keys"
    DESTINATION_KEYS = "destination-keys"
    PART = "part"
    EVENT = "event"
    SNAPSHOT = "snapshot"
    RECEIPT = "receipt"
    TREE_HEAD = "tree-head"
    RECEIPT_IN_LOG = "receipt-in-log"


class RecordProof(Struct, frozen=True, forbid_unknown_fields=True):
    """A record, its way to the root of its part, and the part's to the root of the snapshot."""

    part: Signed
    index: Annotated[int, Meta(ge=0, le=SEQ_MAX)]
    seq: Annotated[int, Meta(ge=1, le=SEQ_MAX)]
    line: bytes
    path: Path
    part_path: Path


class SnapshotBundle(Struct, frozen=True, forbid_unknown_fields=True):
    """What is handed over, as JSON with the bytes in base64."""

    v: Literal[1]
    record: RecordProof
    receipt: Signed
    head: Signed
    receipt_in_log: Logged
    origin_documents: Documents
    destination_documents: Documents


def prove_record(part: Frame, seq: int, *, roots: Sequence[bytes]) -> RecordProof | None:
    """The proof of the record numbered `seq`, given the roots of all parts; None without it."""
    header = read_part(part.header)
    lines = lines_of(part.value, count=header.n, spare=NUMBER_BYTES_MAX)
    begins = b"%d " % seq
    for index, line in enumerate(lines):
        if line.startswith(begins):
            return RecordProof(
                part=Signed(part.header, part.signature),
                index=index,
                seq=seq,
                line=line[len(begins) :],
                path=inclusion_path(lines, index),
                part_path=inclusion_path_of_leaves(roots, header.number - 1),
            )
    return None


def write_snapshot_bundle(bundle: SnapshotBundle) -> bytes:
    """The bundle in its one spelling."""
    return msgspec.json.encode(bundle)


def read_snapshot_bundle(text: bytes) -> SnapshotBundle:
    """A bundle from its JSON, or BundleMalformed; only the spelling it is written in is read."""
    return in_one_spelling(text, _decoder)


def is_of_snapshot(text: bytes) -> bool:
    """Whether a bundle is to be read as that of a record which came in a snapshot."""
    try:
        return "record" in msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def verify_snapshot_bundle(
    text: bytes, anchors: Mapping[str, Pinned]
) -> list[Check[SnapshotCheckName]]:
    """Make each check up to the first that fails; the bundle proves its event if all pass."""
    return up_to_the_first_failure(SnapshotCheckName, _checks(text, anchors))


def _checks(text: bytes, anchors: Mapping[str, Pinned]) -> Iterator[str]:
    """What each check saw, in the order of the names; raises CheckFailed where one fails."""
    bundle, header = _form(text)
    record = bundle.record
    yield f"{len(text)} bytes"
    origin = ring_of(header.origin, bundle.origin_documents, anchors)
    yield f"{header.origin}, under its anchor"
    dest = ring_of(header.dest, bundle.destination_documents, anchors)
    yield f"{header.dest}, under its anchor"
    try:
        part = Frame(record.part.body, record.part.signature, b"")
        check_signature(part, header, origin, kind=SNAPSHOT)
    except Refusing as refusing:
        raise CheckFailed(refusing.reason.value) from refusing
    yield f"{header.number} of {header.of}, signed by {header.origin} at {header.ts}"
    yield _event(record, header)
    _lead(
        bytes.fromhex(header.root),
        (header.number - 1, header.of),
        record.part_path,
        bytes.fromhex(header.snapshot),
    )
    stream = Stream(header.origin, header.dest, header.stream, header.p)
    yield f"{stream.key} up to number {header.seq}"
    receipt = Receipt(bundle.receipt.body, bundle.receipt.signature)
    if not is_receipt_for(receipt, header, stream, dest):
        raise CheckFailed("it is not the destination's, or not for this snapshot")
    yield f"{header.dest} has taken the whole of it"
    head = head_by_either(bundle.head, origin, dest)
    yield f"{head.size} entries of {head.hub}, signed at {head.at}"
    is_given = head.hub == header.dest
    kind = EntryKind.SNAPSHOT_RECEIPT_GIVEN if is_given else EntryKind.SNAPSHOT_RECEIPT_GOT
    yield in_log(entry_leaf(kind, receipt.body), bundle.receipt_in_log, head)


def _event(record: RecordProof, header: PartHeader) -> str:
    leaf = leaf_hash(line_of(Entry(record.seq, record.line)))
    _lead(leaf, (record.index, header.n), record.path, bytes.fromhex(header.root))
    try:
        envelope = envelope_of(record.line)
    except LineMalformed as error:
        raise CheckFailed(error.message) from error
    if envelope.hub != header.origin or record.seq > header.seq:
        raise CheckFailed("it is another hub's event, or behind the snapshot")
    return f"{envelope.type} of {envelope.subject}, number {record.seq}"


def _lead(leaf: bytes, place: tuple[int, int], path: Sequence[bytes], root: bytes) -> None:
    """Raise CheckFailed unless the path leads from the leaf, at `place` among so many, to it."""
    index, size = place
    if not is_included(leaf, index=index, size=size, path=path, root=root):
        raise CheckFailed("the path does not lead to the root that was signed")


def _form(text: bytes) -> tuple[SnapshotBundle, PartHeader]:
    try:
        bundle = read_snapshot_bundle(text)
        return bundle, read_part(bundle.record.part.body)
    except (BundleMalformed, FrameMalformed) as error:
        raise CheckFailed(error.message) from error


_decoder = msgspec.json.Decoder(SnapshotBundle)
