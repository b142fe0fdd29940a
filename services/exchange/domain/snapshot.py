"""A snapshot: the newest record of each subject and type of a stream, up to a number.

It is for a peer that stands so far behind that the frames in front of it are no longer kept. Its
parts travel as frames do, a signed header and lines; each line is a record's number, a blank and
the record as it was framed. All parts carry the root over the roots of all, so a part can't be left
out, and where the stream's chain stood: the first live frame must follow from there.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from services.exchange.domain.dsse import SNAPSHOT, SNAPSHOT_RECEIPT
from services.exchange.domain.frame import (
    FRAME_EVENTS_MAX,
    FRAME_RAW_BYTES_MAX,
    FRAME_VALUE_BYTES_MAX,
    HEADER_BYTES_MAX,
    Frame,
    FrameMalformed,
    FrameOverLimit,
    Hash,
    Hub,
    Seq,
    compressed,
    lines_of,
    stamp,
)
from services.exchange.domain.keys import KeyRing, SigningKey
from services.exchange.domain.merkle import root_of, root_of_leaves
from services.exchange.domain.receipt import Receipt
from services.exchange.domain.receive import (
    RefusalReason,
    Refused,
    Refusing,
    check_address,
    check_epoch,
    check_signature,
    refused,
)
from services.exchange.domain.stream import Stream, StreamPosition

BEHIND = "eroad-behind"
"""The header of a feed's answer that names streams, with blanks between them, of which the next
frames are no longer kept: their snapshots are to be asked for."""
BEHIND_MAX = 20
PARTS_MAX = 2_000
"""Parts of one snapshot: a million small records, or a gigabyte of large ones."""
NUMBER_BYTES_MAX = 17
"""A record's number and the blank behind it."""


class PartHeader(Struct, frozen=True, forbid_unknown_fields=True):
    """What is signed of a part; members stand in the order of their names, as in a frame's."""

    chain: Hash
    dest: Hub
    epoch: Seq
    kid: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
    n: Annotated[int, Meta(ge=1, le=FRAME_EVENTS_MAX)]
    number: Annotated[int, Meta(ge=1, le=PARTS_MAX)]
    of: Annotated[int, Meta(ge=1, le=PARTS_MAX)]
    origin: Hub
    p: Annotated[int, Meta(ge=0, le=1023)]
    root: Hash
    seq: Seq
    snapshot: Hash
    stream: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9.-]{0,99}\Z")]
    ts: Annotated[str, Meta(pattern=r"^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-9:]{8}\.[0-9]{3}Z\Z")]
    v: Literal[1]

    @property
    def at(self) -> datetime:
        """When the origin says it signed."""
        return datetime.fromisoformat(self.ts)


class SnapshotReceipt(Struct, frozen=True, forbid_unknown_fields=True):
    """What the destination signs once the last part is stored."""

    at: str
    kid: str
    receiver: Hub
    seq: Seq
    snapshot: Hash
    stream: str
    v: Literal[1]


class Entry(NamedTuple):
    """A record and the number under which its stream has it."""

    seq: int
    line: bytes


class Taking(NamedTuple):
    """How far a snapshot was taken: the roots of the parts so far, in their order."""

    snapshot: str = ""
    roots: tuple[str, ...] = ()


class OpenedPart(NamedTuple):
    """A part that holds: its records, unjudged, and how far the snapshot was taken with it."""

    header: PartHeader
    entries: Sequence[Entry]
    taking: Taking

    @property
    def is_last(self) -> bool:
        return self.header.number == self.header.of

    def position(self, before: StreamPosition) -> StreamPosition:
        """Where the stream stands once the last part is stored."""
        header = self.header
        return before.after(last=header.seq, chain=header.chain, epoch=header.epoch)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(PartHeader)
_receipts = msgspec.json.Decoder(SnapshotReceipt)


class UnsignedPart(NamedTuple):
    """A part as it travels, before the root over all is known; `n` is how many lines it has."""

    n: int
    root: bytes
    value: bytes


class InParts:
    """Fills parts in the order of the entries; holds no more than one, whatever the snapshot's
    size."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._room = FRAME_RAW_BYTES_MAX
        self._given = 0

    def add(self, entries: Iterable[Entry]) -> Iterator[UnsignedPart]:
        """Take entries in; yield each part that has no room for the next. FrameOverLimit for more
        parts than may be."""
        for entry in entries:
            line = line_of(entry)
            taken = len(line) + 1
            if self._lines and (self._room < taken or len(self._lines) == FRAME_EVENTS_MAX):
                yield self._part()
            self._lines.append(line)
            self._room -= taken

    def rest(self) -> Iterator[UnsignedPart]:
        """Yield the part that is not full yet; where there was no entry, one with an empty line."""
        if self._lines or not self._given:
            self._lines = self._lines or [b""]
            yield self._part()

    def _part(self) -> UnsignedPart:
        self._given += 1
        if self._given > PARTS_MAX:
            raise FrameOverLimit(f"a snapshot of more than {PARTS_MAX} parts")
        lines, self._lines, self._room = self._lines, [], FRAME_RAW_BYTES_MAX
        value = compressed(b"\n".join([*lines, b""]))
        return UnsignedPart(len(lines), root_of(lines), value)


def line_of(entry: Entry) -> bytes:
    """A record as it stands in a part."""
    return b"%d %b" % entry


def receipt_of(body: bytes) -> SnapshotReceipt:
    """Read a receipt that was believed before."""
    return _receipts.decode(body)


def sign_parts(
    parts: Sequence[tuple[int, bytes]],
    *,
    stream: Stream,
    at: StreamPosition,
    key: SigningKey,
    now: datetime,
) -> Iterator[tuple[bytes, bytes]]:
    """The header and signature of each part of a snapshot of a stream as it stood at a position;
    `parts` are how many lines each has, and its root."""
    snapshot = root_of_leaves([root for _, root in parts]).hex()
    for number, (n, root) in enumerate(parts, start=1):
        header = _encoder.encode(
            PartHeader(
                chain=at.chain,
                dest=stream.dest,
                epoch=at.epoch,
                kid=key.kid,
                n=n,
                number=number,
                of=len(parts),
                origin=stream.origin,
                p=stream.partition,
                root=root.hex(),
                seq=at.seq,
                snapshot=snapshot,
                stream=stream.area,
                ts=stamp(now),
                v=1,
            )
        )
        yield header, key.sign(SNAPSHOT, header)


def read_part(header: bytes) -> PartHeader:
    """A part's header unverified, or FrameMalformed; only the canonical spelling is read."""
    try:
        read = _decoder.decode(header)
        _ = read.at
    except (msgspec.DecodeError, ValueError) as error:
        raise FrameMalformed(str(error)) from error
    if _encoder.encode(read) != header:
        raise FrameMalformed("the header is not in its canonical spelling")
    return read


def open_part(
    part: Frame, position: StreamPosition, taking: Taking, *, stream: Stream, ring: KeyRing
) -> OpenedPart | Refused | None:
    """Decide on a part; None for one that was done before, or belongs behind one that is missing.

    The first part of another snapshot begins anew: the peer has made a later one.
    """
    try:
        return _open(part, position, taking, stream, ring)
    except Refusing as refusing:
        return refused(part, refusing)


def _open(
    part: Frame, position: StreamPosition, taking: Taking, stream: Stream, ring: KeyRing
) -> OpenedPart | None:
    header = _shape(part)
    check_signature(part, header, ring, kind=SNAPSHOT)
    check_address(header, stream)
    try:
        return _follow(part, header, position, taking)
    except Refusing as refusing:
        refusing.is_authentic = True
        raise


def _follow(
    part: Frame, header: PartHeader, position: StreamPosition, taking: Taking
) -> OpenedPart | None:
    """Decide on a part that is the peer's own, of this stream."""
    check_epoch(header, position)
    if header.seq <= position.seq:
        return None
    if header.snapshot != taking.snapshot:
        taking = Taking(header.snapshot)
    if header.number != len(taking.roots) + 1:
        return None
    entries = _entries(part, header)
    taking = Taking(header.snapshot, (*taking.roots, header.root))
    whole = root_of_leaves([bytes.fromhex(root) for root in taking.roots]).hex()
    if header.number == header.of and whole != header.snapshot:
        raise Refusing(RefusalReason.ROOT_MISMATCH, "the parts are not those that were signed")
    return OpenedPart(header, entries, taking)


def _shape(part: Frame) -> PartHeader:
    if len(part.header) > HEADER_BYTES_MAX or len(part.value) > FRAME_VALUE_BYTES_MAX:
        raise Refusing(RefusalReason.OVERSIZE, "the header or the value is too long")
    try:
        header = read_part(part.header)
    except FrameMalformed as error:
        raise Refusing(RefusalReason.MALFORMED, error.message) from error
    if header.number > header.of:
        raise Refusing(RefusalReason.MALFORMED, f"part {header.number} of {header.of}")
    return header


def _entries(part: Frame, header: PartHeader) -> list[Entry]:
    try:
        lines = lines_of(part.value, count=header.n, spare=NUMBER_BYTES_MAX)
    except FrameOverLimit as error:
        raise Refusing(RefusalReason.OVERSIZE, error.message) from error
    except FrameMalformed as error:
        raise Refusing(RefusalReason.MALFORMED, error.message) from error
    if len(lines) != header.n:
        raise Refusing(RefusalReason.COUNT_MISMATCH, f"{len(lines)} lines, not {header.n}")
    if root_of(lines).hex() != header.root:
        raise Refusing(RefusalReason.ROOT_MISMATCH, "the lines are not those that were signed")
    if lines == [b""] and header.of == 1:
        return []
    entries = [_entry(line) for line in lines]
    numbers = [entry.seq for entry in entries]
    if numbers != sorted(set(numbers)) or not 0 < numbers[0] <= numbers[-1] <= header.seq:
        raise Refusing(RefusalReason.MALFORMED, "the numbers do not grow up to the snapshot's")
    return entries


def _entry(line: bytes) -> Entry:
    number, _, record = line.partition(b" ")
    if not number.isdigit() or len(number) >= NUMBER_BYTES_MAX:
        raise Refusing(RefusalReason.MALFORMED, "a record has no number")
    return Entry(int(number), record)


def sign_for(header: PartHeader, stream: Stream, *, key: SigningKey, now: datetime) -> Receipt:
    """The destination's word that it has taken the whole snapshot."""
    body = _encoder.encode(
        SnapshotReceipt(
            at=stamp(now),
            kid=key.kid,
            receiver=header.dest,
            seq=header.seq,
            snapshot=header.snapshot,
            stream=stream.key,
            v=1,
        )
    )
    return Receipt(body, key.sign(SNAPSHOT_RECEIPT, body))


def is_receipt_for(receipt: Receipt, header: PartHeader, stream: Stream, ring: KeyRing) -> bool:
    """Whether the destination has signed for this very snapshot, with a key that holds."""
    try:
        body = _receipts.decode(receipt.body)
        at = datetime.fromisoformat(body.at)
    except (msgspec.DecodeError, ValueError):
        return False
    key = ring.get(body.kid)
    if key is None or key.revoked or at.tzinfo is None or not key.covers(at):
        return False
    named = (body.receiver, body.seq, body.snapshot, body.stream)
    said = (header.dest, header.seq, header.snapshot, stream.key)
    return named == said and key.verifies(SNAPSHOT_RECEIPT, receipt.body, receipt.signature)
