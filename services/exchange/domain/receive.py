"""The decision on one incoming frame: apply, duplicate, gap, or refused with its own reason.

The order of the checks is part of the promise: sizes, shape, key, signature, address, epoch,
sequence, chain, and only then the value. A wrong frame has exactly one right answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Protocol

from services.exchange.domain.dsse import FRAME
from services.exchange.domain.frame import (
    FRAME_VALUE_BYTES_MAX,
    HEADER_BYTES_MAX,
    Frame,
    FrameMalformed,
    FrameOverLimit,
    Header,
    decode_header,
    header_hash,
    lines_of,
)
from services.exchange.domain.keys import KeyRing
from services.exchange.domain.merkle import leaves_of, root_of_leaves
from services.exchange.domain.records import Accepted, ArrivalRules, Quarantined
from services.exchange.domain.stream import Stream, StreamPosition


class RefusalReason(StrEnum):
    """Why a whole frame was refused. Each stops its stream until someone or something acts."""

    OVERSIZE = "oversize"
    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown-key"
    REVOKED_KEY = "revoked-key"
    KEY_OUTSIDE_WINDOW = "key-outside-window"
    WRONG_SIGNATURE = "wrong-signature"
    WRONG_ORIGIN = "wrong-origin"
    WRONG_AUDIENCE = "wrong-audience"
    WRONG_STREAM = "wrong-stream"
    LOWER_EPOCH = "lower-epoch"
    EPOCH_NOT_ANNOUNCED = "epoch-not-announced"
    FORK = "fork"
    BROKEN_CHAIN = "broken-chain"
    COUNT_MISMATCH = "count-mismatch"
    ROOT_MISMATCH = "root-mismatch"

    @property
    def may_heal(self) -> bool:
        """Whether reading the peer's hub document again may be all it takes."""
        return self in (RefusalReason.UNKNOWN_KEY, RefusalReason.EPOCH_NOT_ANNOUNCED)


@dataclass(frozen=True, slots=True)
class Opened:
    """A frame that holds: its lines, unjudged, the leaf hash of each, and the position once they
    are done."""

    header: Header
    header_hash: str
    lines: Sequence[bytes]
    leaves: Sequence[bytes]
    position: StreamPosition


@dataclass(frozen=True)
class Apply:
    """A frame that holds, each record judged, and the position to store with them."""

    header: Header
    header_hash: str
    records: Sequence[Accepted | Quarantined]
    position: StreamPosition

    @cached_property
    def accepted(self) -> Sequence[Accepted]:
        return [record for record in self.records if isinstance(record, Accepted)]

    @cached_property
    def aside(self) -> Sequence[Quarantined]:
        return [record for record in self.records if isinstance(record, Quarantined)]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A frame that was done before; nothing to do."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Records are missing in front of this frame: stop the stream and ask for them."""

    expected: int
    got: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A frame that may not be applied. For a fork `known_hash` is the header hash held here:
    two headers signed by one key for the same numbers are evidence, so both are kept."""

    reason: RefusalReason
    detail: str
    header_hash: str
    known_hash: str = ""
    is_authentic: bool = False
    """Its header is signed by the peer, for this very stream: it tells something of the peer, and
    not of whoever sits on the wire."""


class Refusing(Exception):
    """Raised by a check that fails; who asked for the decision is given a `Refused`."""

    def __init__(self, reason: RefusalReason, detail: str, known_hash: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.known_hash = known_hash
        self.is_authentic = False


def receive(
    frame: Frame,
    position: StreamPosition,
    *,
    ring: KeyRing,
    rules: ArrivalRules,
    earlier: str | None = None,
) -> Apply | Duplicate | Gap | Refused:
    """Decide on `frame` and on each of its records; see `open_frame`."""
    opened = open_frame(frame, position, stream=rules.stream, ring=ring, earlier=earlier)
    if not isinstance(opened, Opened):
        return opened
    records = rules.judge_all(opened.header.numbers, opened.lines, opened.leaves)
    return Apply(opened.header, opened.header_hash, records, opened.position)


def open_frame(
    frame: Frame,
    position: StreamPosition,
    *,
    stream: Stream,
    ring: KeyRing,
    earlier: str | None = None,
) -> Opened | Duplicate | Gap | Refused:
    """Decide on `frame` as it stands after `position`, its records still unread.

    `earlier` is the hash of the header under which the frame's first number came, given when the
    position is past it; without it only the newest frame can be told from a fork.
    """
    try:
        return _open(frame, position, stream, ring, earlier)
    except Refusing as refusal:
        return refused(frame, refusal)


def reopen_frame(
    frame: Frame, position: StreamPosition, *, stream: Stream, ring: KeyRing
) -> Opened | Duplicate | Gap | Refused:
    """Decide on a frame that this hub signed itself and has forgotten; of whichever epoch it is,
    nobody else had to announce that."""
    try:
        epoch = _shape(frame).epoch
    except Refusing as refusal:
        return refused(frame, refusal)
    allowed = replace(position, epoch_allowed=epoch)
    return open_frame(frame, allowed, stream=stream, ring=ring)


def refused(frame: Frame, refusal: Refusing) -> Refused:
    """The decision that a failing check makes of a frame."""
    return Refused(
        refusal.reason,
        refusal.detail,
        header_hash(frame.header),
        refusal.known_hash,
        is_authentic=refusal.is_authentic,
    )


def _open(
    frame: Frame, position: StreamPosition, stream: Stream, ring: KeyRing, earlier: str | None
) -> Opened | Duplicate | Gap:
    header = _shape(frame)
    link = header_hash(frame.header)
    if header.last == position.seq:
        earlier = position.chain
    if header.last <= position.seq and link == earlier:
        # Verified when it first came: a key revoked since then does not make it a threat.
        return Duplicate(header.first, header.last)
    check_signature(frame, header, ring)
    check_address(header, stream)
    try:
        return _follow(frame, header, position, earlier)
    except Refusing as refusal:
        refusal.is_authentic = True
        raise


def _follow(
    frame: Frame, header: Header, position: StreamPosition, earlier: str | None
) -> Opened | Duplicate | Gap:
    """Decide on a frame that is the peer's own, of this stream."""
    check_epoch(header, position)
    if header.epoch < position.epoch_due and header.last > position.epoch_behind:
        raise Refusing(
            RefusalReason.LOWER_EPOCH,
            f"frames before epoch {position.epoch_due} hold up to {position.epoch_behind}",
        )
    if header.first <= position.seq:
        if earlier is not None or header.last > position.seq:
            # Frames are never cut anew, so another frame with a number done before is a fork.
            raise Refusing(
                RefusalReason.FORK,
                f"{header.first} to {header.last} were signed twice",
                earlier or position.chain,
            )
        return Duplicate(header.first, header.last)
    if header.first > position.seq + 1:
        return Gap(expected=position.seq + 1, got=header.first)
    if header.prev != position.chain:
        raise Refusing(
            RefusalReason.BROKEN_CHAIN, f"it follows {header.prev}, not our head", position.chain
        )
    lines, leaves = _open_value(frame.value, header)
    link = header_hash(frame.header)
    after = position.after(last=header.last, chain=link, epoch=header.epoch)
    return Opened(header, link, lines, leaves, after)


def _shape(frame: Frame) -> Header:
    if len(frame.header) > HEADER_BYTES_MAX or len(frame.value) > FRAME_VALUE_BYTES_MAX:
        raise Refusing(RefusalReason.OVERSIZE, "the header or the value is too long")
    try:
        return decode_header(frame.header)
    except FrameMalformed as error:
        raise Refusing(RefusalReason.MALFORMED, error.message) from error


class Said(Protocol):
    """What the headers of frames and of snapshots' parts both say."""

    @property
    def dest(self) -> str: ...
    @property
    def epoch(self) -> int: ...
    @property
    def kid(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def p(self) -> int: ...
    @property
    def stream(self) -> str: ...
    @property
    def ts(self) -> str: ...
    @property
    def at(self) -> datetime: ...


def check_signature(frame: Frame, header: Said, ring: KeyRing, *, kind: str = FRAME) -> None:
    """The key's window is held against the signed time, so old frames verify for ever; whoever
    steals a key that has ended is stopped by revoking it."""
    key = ring.get(header.kid)
    if key is None:
        raise Refusing(RefusalReason.UNKNOWN_KEY, f"{ring.hub} has no key {header.kid}")
    if key.revoked:
        raise Refusing(RefusalReason.REVOKED_KEY, f"{header.kid} is revoked")
    if not key.covers(header.at):
        raise Refusing(RefusalReason.KEY_OUTSIDE_WINDOW, f"{header.kid} signed at {header.ts}")
    if not key.verifies(kind, frame.header, frame.signature):
        raise Refusing(RefusalReason.WRONG_SIGNATURE, f"not signed by {header.kid}")


def check_address(header: Said, stream: Stream) -> None:
    if header.origin != stream.origin:
        raise Refusing(RefusalReason.WRONG_ORIGIN, f"it comes from {header.origin}")
    if header.dest != stream.dest:
        raise Refusing(RefusalReason.WRONG_AUDIENCE, f"it is meant for {header.dest}")
    if header.stream != stream.area or header.p != stream.partition:
        raise Refusing(RefusalReason.WRONG_STREAM, f"it is of {header.stream}/{header.p}")


def check_epoch(header: Said, position: StreamPosition) -> None:
    if header.epoch < position.epoch:
        raise Refusing(RefusalReason.LOWER_EPOCH, f"{header.epoch} is before {position.epoch}")
    # One between was announced before: its frames are those the announced one goes on from.
    if header.epoch > max(position.epoch, position.epoch_allowed or 0):
        raise Refusing(RefusalReason.EPOCH_NOT_ANNOUNCED, f"{header.epoch} was not announced")


def _open_value(value: bytes, header: Header) -> tuple[list[bytes], list[bytes]]:
    try:
        lines = lines_of(value, count=header.n)
    except FrameOverLimit as error:
        raise Refusing(RefusalReason.OVERSIZE, error.message) from error
    except FrameMalformed as error:
        raise Refusing(RefusalReason.MALFORMED, error.message) from error
    if len(lines) != header.n:
        raise Refusing(RefusalReason.COUNT_MISMATCH, f"{len(lines)} lines, not {header.n}")
    leaves = leaves_of(lines)
    if root_of_leaves(leaves).hex() != header.root:
        raise Refusing(RefusalReason.ROOT_MISMATCH, "the lines are not those that were signed")
    return lines, leaves
