"""A frame: up to 500 events of one stream under one signature.

The header is canonical JSON (members sorted, no blanks), signed with Ed25519 over its DSSE
encoding; it holds the Merkle root of the lines and the hash of the header before it. The value
is zstd over NDJSON. A built frame is stored and sent again byte for byte, never built twice.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from typing import Annotated, Literal, NamedTuple

import msgspec
import zstandard
from msgspec import Meta, Struct

from services.exchange.domain.dsse import FRAME
from services.exchange.domain.keys import SIGNATURE_BYTES, SigningKey
from services.exchange.domain.line import END_OF_LINE
from services.exchange.domain.merkle import root_of
from services.exchange.domain.stream import Stream, StreamPosition
from shared.kernel.errors import Rejected

FRAME_EVENTS_MAX = 500
FRAME_RAW_BYTES_MAX = 512 * 1024
"""NDJSON of several events before compression, ends of line counted."""
LINE_BYTES_MAX = 1_000_000 + 8 * 1024
"""One event: the largest data a bus takes, and its attributes. A large one travels alone."""
FRAME_VALUE_BYTES_MAX = 1_000_000
"""Compressed; what a bus takes as one record."""
HEADER_BYTES_MAX = 2048
SEQ_MAX = 2**53 - 1
"""Every JSON reader holds integers up to here exactly."""
_ZSTD = zstandard.ZstdCompressionParameters.from_level(1, hash_log=12, min_match=7)
"""The fastest level with a quarter of its hash table, which then stays in a core's nearest cache:
what a line repeats stands a few lines before it. A fifth less time, as many bytes."""

Hub = Annotated[str, Meta(pattern=r"^[a-z]{2}-[a-z]{3}\Z")]
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Seq = Annotated[int, Meta(ge=1, le=SEQ_MAX)]


class FrameOverLimit(Rejected):
    """More events or bytes than one frame may hold."""

    code = "exchange.frame-over-limit"


class FrameMalformed(Rejected):
    """The bytes are not those of a frame."""

    code = "exchange.frame-malformed"


class Header(Struct, frozen=True, forbid_unknown_fields=True):
    """What is signed. Members stand in the order of their names, which makes it canonical."""

    dest: Hub
    enc: Literal["zstd"]
    epoch: Seq
    first: Seq
    kid: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
    n: Annotated[int, Meta(ge=1, le=FRAME_EVENTS_MAX)]
    origin: Hub
    p: Annotated[int, Meta(ge=0, le=1023)]
    prev: Hash
    root: Hash
    schema_set: Annotated[str, Meta(pattern=r"^[A-Za-z0-9.:_-]{1,100}\Z")]
    stream: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9.-]{0,99}\Z")]
    ts: Annotated[str, Meta(pattern=r"^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-9:]{8}\.[0-9]{3}Z\Z")]
    v: Literal[1]

    @property
    def last(self) -> int:
        return self.first + self.n - 1

    @property
    def numbers(self) -> range:
        """The numbers of its records in the stream."""
        return range(self.first, self.first + self.n)

    @property
    def at(self) -> datetime:
        """When the origin says it signed; informative, never an order."""
        return datetime.fromisoformat(self.ts)


class Frame(NamedTuple):
    """A frame as it travels: two record headers and a value."""

    header: bytes
    signature: bytes
    value: bytes


_header_encoder = msgspec.json.Encoder()
_header_decoder = msgspec.json.Decoder(Header)
_PACKED = re.compile(rb"eroad-frame 1 ([1-9][0-9]{0,3}) ([1-9][0-9]{0,6})\n")


def fitting(lines: Sequence[bytes]) -> int:
    """How many of the waiting `lines` the next frame may take; FrameOverLimit if not even one."""
    if lines and len(lines[0]) > LINE_BYTES_MAX:
        raise FrameOverLimit(f"an event of {len(lines[0])} bytes fits no frame")
    room = FRAME_RAW_BYTES_MAX
    for count, line in enumerate(lines[:FRAME_EVENTS_MAX]):
        room -= len(line) + 1
        if room < 0:
            return max(count, 1)
    return min(len(lines), FRAME_EVENTS_MAX)


def refuse_unframeable(line: bytes) -> None:
    """Raise FrameOverLimit for a record that no frame could carry, before it gets a number."""
    if len(line) > LINE_BYTES_MAX:
        raise FrameOverLimit(f"an event of {len(line)} bytes fits no frame")
    if len(line) > FRAME_RAW_BYTES_MAX and len(compressed(line + b"\n")) > FRAME_VALUE_BYTES_MAX:
        raise FrameOverLimit("the event passes a frame's limit even compressed")


def build_frame(
    lines: Sequence[bytes],
    *,
    stream: Stream,
    after: StreamPosition,
    schema_set: str,
    key: SigningKey,
    now: datetime,
) -> tuple[Frame, StreamPosition]:
    """Close a frame over `lines`, and say where the stream then stands.

    Raises FrameOverLimit without a line, with one of an end of line inside, or with too many.
    """
    raw = b"\n".join([*lines, b""])
    count = len(lines)
    if not 0 < count <= FRAME_EVENTS_MAX or len(raw) > raw_bytes_max(count):
        raise FrameOverLimit(f"{count} events of {len(raw)} bytes are no frame")
    if any(END_OF_LINE in line for line in lines):
        raise FrameOverLimit("an event must be one line")
    header = encode_header(
        Header(
            dest=stream.dest,
            enc="zstd",
            epoch=after.epoch,
            first=after.seq + 1,
            kid=key.kid,
            n=count,
            origin=stream.origin,
            p=stream.partition,
            prev=after.chain,
            root=root_of(lines).hex(),
            schema_set=schema_set,
            stream=stream.area,
            ts=stamp(now),
            v=1,
        )
    )
    value = compressed(raw)
    if len(value) > FRAME_VALUE_BYTES_MAX:
        raise FrameOverLimit(f"the value has {len(value)} bytes even compressed")
    frame = Frame(header, key.sign(FRAME, header), value)
    stands = after.after(last=after.seq + count, chain=header_hash(header), epoch=after.epoch)
    return frame, stands


def compressed(raw: bytes) -> bytes:
    """Lines, each with its end, as the value of a frame; `lines_of` reads them again."""
    return zstandard.ZstdCompressor(compression_params=_ZSTD).compress(raw)


def raw_bytes_max(count: int) -> int:
    """How many bytes of NDJSON a frame of `count` events may hold."""
    return FRAME_RAW_BYTES_MAX if count > 1 else LINE_BYTES_MAX + 1


def encode_header(header: Header) -> bytes:
    """The canonical bytes; what does not read back as a header raises FrameMalformed."""
    encoded = _header_encoder.encode(header)
    decode_header(encoded)
    return encoded


def decode_header(header: bytes) -> Header:
    """Read a header, or raise FrameMalformed; only the canonical spelling is read."""
    try:
        read = _header_decoder.decode(header)
        _ = read.at
    except (msgspec.DecodeError, ValueError) as error:
        raise FrameMalformed(str(error)) from error
    if _header_encoder.encode(read) != header:
        raise FrameMalformed("the header is not in its canonical spelling")
    return read


def header_hash(header: bytes) -> str:
    """SHA-256 of a header's bytes, in hex: the link of the chain."""
    return sha256(header).hexdigest()


def lines_of(value: bytes, *, count: int, spare: int = 0) -> list[bytes]:
    """The lines in the value of a frame that says it has `count` of them; each may be longer by
    `spare` bytes than an event.

    Raises FrameOverLimit before anything too large is unpacked, FrameMalformed for what is not
    lines; whether there are `count` is for the caller to say.
    The compressed bytes must say how long their content is; zstd then refuses any other length.
    """
    try:
        parameters = zstandard.get_frame_parameters(value)
        if not 0 < parameters.content_size <= raw_bytes_max(count) + spare:
            raise FrameOverLimit(f"the value unpacks to {parameters.content_size} bytes")
        raw = zstandard.ZstdDecompressor().decompress(value, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise FrameMalformed(str(error)) from error
    if raw[-1] != END_OF_LINE:
        raise FrameMalformed("the last line has no end")
    return [line[:-1] for line in BytesIO(raw)]


def pack(frame: Frame) -> bytes:
    """A frame as one run of bytes, for files and HTTP; packed frames may follow each other."""
    head = b"eroad-frame 1 %d %d\n" % (len(frame.header), len(frame.value))
    return b"".join((head, frame.header, frame.signature, frame.value))


def unpack(packed: bytes, *, frames_max: int) -> list[Frame]:
    """The frames in `packed`, or FrameMalformed; more than `frames_max` raises FrameOverLimit."""
    frames: list[Frame] = []
    at = 0
    while at < len(packed):
        head = _PACKED.match(packed, at)
        if not head:
            raise FrameMalformed(f"no frame begins at byte {at}")
        if len(frames) == frames_max:
            raise FrameOverLimit(f"more than {frames_max} frames at once")
        to_signature = head.end() + int(head[1])
        to_value = to_signature + SIGNATURE_BYTES
        at = to_value + int(head[2])
        if at > len(packed):
            raise FrameMalformed("the last frame is cut off")
        frames.append(
            Frame(
                packed[head.end() : to_signature],
                packed[to_signature:to_value],
                packed[to_value:at],
            )
        )
    return frames


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, the one spelling used in what is signed."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
