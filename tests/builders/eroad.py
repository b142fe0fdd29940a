"""Hubs, keys, events and frames of the e-road, with defaults that are valid together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.exchange.domain.dsse import FRAME
from services.exchange.domain.frame import Frame, build_frame, decode_header, encode_header
from services.exchange.domain.keys import KeyRing, PeerKey, SigningKey
from services.exchange.domain.line import line_of
from services.exchange.domain.policy import compile_guard
from services.exchange.domain.receive import Apply, Duplicate, Gap, Refused, receive
from services.exchange.domain.records import ArrivalRules, TypeRule
from services.exchange.domain.snapshot import Entry, InParts, sign_parts
from services.exchange.domain.stream import Stream, StreamPosition
from shared.contracts.event import Envelope

NOW = datetime(2026, 9, 1, 12, 40, tzinfo=UTC)
ORIGIN, DEST = "my-kul", "cn-hgh"
STREAM = Stream(ORIGIN, DEST, "customs")
SCHEMA_SET = "sha256:5d41"
RELEASED = "customs.export-released.v1"
RELEASED_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "order_id": {"type": "string"},
        "net_weight_g": {"type": "integer"},
        "buyer_phone": {"type": "string", "x-pii": "contact", "x-residency": "local"},
    },
    "required": ["order_id"],
}


def a_key(seed: int = 1) -> SigningKey:
    """The same key for the same seed, so that a failing test fails again."""
    return SigningKey.of(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def a_peer_key(key: SigningKey, *, revoked: bool = False, at: datetime = NOW) -> PeerKey:
    return PeerKey.of(
        key.private.public_key(),
        nbf=at - timedelta(days=10),
        exp=at + timedelta(days=80),
        revoked=revoked,
    )


def a_ring(*keys: SigningKey, hub: str = ORIGIN) -> KeyRing:
    return KeyRing(hub, [a_peer_key(key) for key in keys or [a_key()]])


def an_envelope(number: int = 1, **changes: Any) -> Envelope:
    content = changes.pop("content", {"order_id": f"ord-{number}", "net_weight_g": 570})
    attributes: dict[str, Any] = {
        "id": f"evt-{number}",
        "source": f"hub:{ORIGIN}/customs",
        "type": RELEASED,
        "subject": f"dossier-{number}",
        "time": "2026-09-01T12:39:00+00:00",
        "hub": ORIGIN,
        "data": msgspec.json.encode(content),
        "audience": DEST,
        "sequence": 1,
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    return Envelope(**{**attributes, **changes})


def some_lines(count: int = 3, *, start: int = 1) -> list[bytes]:
    return [line_of(an_envelope(number)) for number in range(start, start + count)]


def a_frame(
    lines: Sequence[bytes] | None = None,
    *,
    after: StreamPosition = StreamPosition(),
    stream: Stream = STREAM,
    key: SigningKey | None = None,
    now: datetime = NOW,
) -> tuple[Frame, StreamPosition]:
    return build_frame(
        some_lines(start=after.seq + 1) if lines is None else lines,
        stream=stream,
        after=after,
        schema_set=SCHEMA_SET,
        key=key or a_key(),
        now=now,
    )


def some_frames(count: int, *, lines_each: int = 3) -> list[Frame]:
    """Frames of one stream, each following the one before."""
    frames, position = [], StreamPosition()
    for _ in range(count):
        lines = some_lines(lines_each, start=position.seq + 1)
        frame, position = a_frame(lines, after=position)
        frames.append(frame)
    return frames


def snapshot_parts(
    entries: Sequence[Entry], *, at: StreamPosition, key: SigningKey, stream: Stream = STREAM
) -> list[Frame]:
    """The parts of a snapshot of these records, as the origin makes them."""
    in_parts = InParts()
    parts = [*in_parts.add(entries), *in_parts.rest()]
    roots = [(part.n, part.root) for part in parts]
    signed = sign_parts(roots, stream=stream, at=at, key=key, now=NOW)
    return [Frame(*two, part.value) for two, part in zip(signed, parts, strict=True)]


def resigned(frame: Frame, *, key: SigningKey | None = None, **changes: Any) -> Frame:
    """The frame with other header members, signed as an origin with bad intent would."""
    signer = key or a_key()
    changed = msgspec.structs.replace(decode_header(frame.header), kid=signer.kid, **changes)
    header = encode_header(changed)
    return Frame(header, signer.sign(FRAME, header), frame.value)


def some_rules(
    *, stream: Stream = STREAM, schema: Mapping[str, Any] = RELEASED_SCHEMA, **types: TypeRule
) -> ArrivalRules:
    rule = TypeRule(validate=lambda data: None, guard=compile_guard(schema))
    return ArrivalRules(stream=stream, types={RELEASED: rule, **types}, now=NOW)


def received(
    frame: Frame,
    position: StreamPosition = StreamPosition(),
    *,
    ring: KeyRing | None = None,
    stream: Stream = STREAM,
    earlier: str | None = None,
) -> Apply | Duplicate | Gap | Refused:
    """What the destination decides about `frame` when it stands at `position`."""
    return receive(
        frame,
        position,
        ring=ring or a_ring(),
        rules=some_rules(stream=stream),
        earlier=earlier,
    )


@dataclass
class Destination:
    """A receiver that does what its decisions say, with everything in memory."""

    position: StreamPosition = StreamPosition()
    applied: list[tuple[int, bytes]] = field(default_factory=list)
    hashes: dict[int, str] = field(default_factory=dict)
    decisions: list[str] = field(default_factory=list)

    def hear(self, frame: Frame) -> None:
        first = decode_header(frame.header).first
        decision = receive(
            frame,
            self.position,
            ring=a_ring(),
            rules=some_rules(),
            earlier=self.hashes.get(first),
        )
        self.decisions.append(type(decision).__name__)
        if isinstance(decision, Apply):
            self.position = decision.position
            self.hashes[first] = decision.header_hash
            self.applied += [(record.seq, record.line) for record in decision.records]
