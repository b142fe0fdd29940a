"""Take one frame of a peer: verify it, judge its records, keep everything in one transaction."""

from collections.abc import Mapping

from services.exchange.domain.frame import Frame, FrameMalformed, decode_header
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.peer import Peer
from services.exchange.domain.receipt import give_receipt
from services.exchange.domain.receive import Apply, Duplicate, Gap, Refused, receive
from services.exchange.domain.records import ArrivalRules, Quarantined, TypeRule
from services.exchange.domain.stream import Stream
from services.exchange.store.tx import ExchangeTx
from shared.contracts.exchange.events import FrameApplied, RecordQuarantined, StreamStopped
from shared.contracts.registry import SERVICES


async def apply_frame(
    tx: ExchangeTx,
    *,
    frame: Frame,
    peer: Peer,
    rules: Mapping[str, TypeRule],
    key: SigningKey,
) -> Apply | Duplicate | Gap | Refused:
    """Decide on a frame and keep the outcome: applied whole, or the stream stops with a reason."""
    stream = _stream_of(frame, peer.hub, tx.hub)
    position = await tx.incoming.position(stream)
    earlier = await _earlier(tx, stream, frame, position.seq)
    arrivals = ArrivalRules(stream=stream, types=rules, now=tx.now)
    decision = receive(frame, position, ring=peer.ring, rules=arrivals, earlier=earlier)
    match decision:
        case Apply():
            receipt = give_receipt(decision, key=key, now=tx.now)
            await tx.incoming.apply(stream, frame, decision, receipt, now=tx.now)
            await _say_applied(tx, stream, decision)
        case Gap():
            detail = f"{decision.expected} is missing in front of {decision.got}"
            await _stop(tx, stream, "gap", detail)
        case Refused():
            await tx.incoming.keep_refused(stream, frame, decision, now=tx.now)
            await _stop(tx, stream, decision.reason.value, decision.detail)
        case Duplicate():
            pass
    return decision


def _stream_of(frame: Frame, origin: str, dest: str) -> Stream:
    """Return the stream a frame says it belongs to, between us and the peer that was asked."""
    try:
        header = decode_header(frame.header)
    except FrameMalformed:
        return Stream(origin, dest, "unreadable")
    area = header.stream if header.stream in SERVICES else "unknown"
    return Stream(origin, dest, area, header.p)


async def _earlier(tx: ExchangeTx, stream: Stream, frame: Frame, seq: int) -> str | None:
    """Return the header hash held for the frame's first number, where that is done already."""
    try:
        first = decode_header(frame.header).first
    except FrameMalformed:
        return None
    return await tx.incoming.header_hash(stream, first) if first <= seq else None


async def _say_applied(tx: ExchangeTx, stream: Stream, applied: Apply) -> None:
    aside = [record for record in applied.records if isinstance(record, Quarantined)]
    event = FrameApplied(
        origin=stream.origin,
        stream=stream.key,
        first=applied.header.first,
        count=applied.header.n,
        quarantined=len(aside),
    )
    await tx.emit(event, key=stream.key)
    for record in aside:
        said = RecordQuarantined(
            origin=stream.origin, stream=stream.key, sequence=record.seq, reason=record.reason.value
        )
        await tx.emit(said, key=stream.key)


async def _stop(tx: ExchangeTx, stream: Stream, reason: str, detail: str) -> None:
    """Stop a stream, and say so once for each reason."""
    if await tx.incoming.stop(stream, reason, detail, now=tx.now):
        event = StreamStopped(
            origin=stream.origin, stream=stream.key, reason=reason, detail=detail[:500]
        )
        await tx.emit(event, key=stream.key)
