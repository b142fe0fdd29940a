"""Decide on one frame before anything is written: verifying takes time, and holds no lock.

What is decided holds for the standing it was decided on. `apply_frame` keeps it only while the
stream still stands there, so two workers that judge one frame apply it once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from services.exchange.domain.frame import Frame, FrameMalformed, decode_header
from services.exchange.domain.peer import Peer
from services.exchange.domain.receive import Apply, Duplicate, Gap, Refused, receive
from services.exchange.domain.records import ArrivalRules, TypeRule
from services.exchange.domain.stream import Stream, StreamPosition
from services.exchange.store.tx import ExchangeTx
from shared.contracts.registry import SERVICES

UNREADABLE = "unreadable"
"""Stands for the area in the name under which frames without a readable header are evidence."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """The stream takes nothing until an operator thaws it; there is evidence of a fork."""


Decision = Apply | Duplicate | Gap | Refused | Frozen


class Standing(NamedTuple):
    """Where a stream stands for one frame, `earlier` being what its first number came under."""

    stream: Stream
    position: StreamPosition
    earlier: str | None
    is_frozen: bool
    halted: frozenset[str]


async def find_standing(tx: ExchangeTx, frame: Frame, *, origin: str) -> Standing:
    """Return the standing for a frame of a peer; a stream never met stands at 0."""
    stream, first = stream_of(frame, origin=origin, dest=tx.hub)
    found = await tx.incoming.find(stream)
    if found is None:
        position = await unmet_position(tx, origin)
        return Standing(stream, position, None, is_frozen=False, halted=frozenset())
    earlier = None
    if 0 < first <= found.position.seq:
        earlier = await tx.incoming.header_hash(stream, first)
    halted = await tx.set_aside.halted(stream)
    return Standing(stream, found.position, earlier, found.is_frozen, halted)


async def unmet_position(tx: ExchangeTx, origin: str) -> StreamPosition:
    """Return where a stream of this origin stands of which nothing came yet."""
    return StreamPosition.unmet(
        announced=await tx.documents.epoch_of(origin), due=await tx.incoming.epoch_due(origin)
    )


def behind(standing: Standing, applied: Apply) -> Standing:
    """Return where the stream stands once a frame is applied, for the frame that follows it."""
    aside = {record.subject for record in applied.aside if record.subject}
    return standing._replace(
        position=applied.position, earlier=None, halted=standing.halted | aside
    )


def judge_frame(
    frame: Frame,
    standing: Standing,
    *,
    peer: Peer,
    rules: Mapping[str, TypeRule],
    now: datetime | None,
) -> Decision:
    """Decide on a frame; `now` is None where the hubs' clocks may differ."""
    if standing.is_frozen:
        return Frozen()
    arrivals = ArrivalRules(stream=standing.stream, types=rules, now=now, halted=standing.halted)
    return receive(
        frame, standing.position, ring=peer.ring, rules=arrivals, earlier=standing.earlier
    )


def stream_of(frame: Frame, *, origin: str, dest: str) -> tuple[Stream, int]:
    """Return the stream a frame says it belongs to, between us and the peer that was asked, and
    its first number, 0 when that can't be read."""
    try:
        header = decode_header(frame.header)
    except FrameMalformed:
        return Stream(origin, dest, UNREADABLE), 0
    area = header.stream if header.stream in SERVICES else "unknown"
    return Stream(origin, dest, area, header.p), header.first
