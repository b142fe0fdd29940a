"""Keep what was decided on a peer's frames: records, position, evidence in one transaction."""

from collections.abc import Sequence

from services.exchange.domain.frame import Frame
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.receipt import give_receipt
from services.exchange.domain.receive import Apply, Gap, RefusalReason, Refused
from services.exchange.domain.stream import Stream
from services.exchange.store.tx import SIGNED, TAKEN, ExchangeTx
from services.exchange.usecases.judge_frame import Standing
from services.exchange.usecases.trace_lines import trace_lines
from shared.contracts.exchange.events import FrameApplied, RecordQuarantined, StreamStopped


async def apply_frames(
    tx: ExchangeTx,
    *,
    standing: Standing,
    frames: Sequence[tuple[Frame, Apply]],
    key: SigningKey,
    log_offset: int | None = None,
) -> bool:
    """Apply frames that follow each other, whole, and sign a receipt for each.

    False, with nothing kept, when the stream has moved since they were judged: then they are
    judged again. `log_offset` is where a peer's log goes on behind the last, if it came from one.
    """
    stream = standing.stream
    if not await _stands(tx, standing):
        return False
    accepted = [record for _, applied in frames for record in applied.accepted]
    aside = [record for _, applied in frames for record in applied.aside]
    await tx.arrivals.keep(stream, accepted, now=tx.now)
    await tx.set_aside.keep(stream, aside, now=tx.now)
    signed = [(f, applied, give_receipt(applied, key=key, now=tx.now)) for f, applied in frames]
    await tx.receipts.keep(stream, signed, now=tx.now)
    await tx.incoming.move(stream, frames[-1][1], log_offset=log_offset, now=tx.now)
    for _, applied in frames:
        lines = (record.line for record in applied.records)
        trace_lines(tx, "frame applied", lines, stream=stream)
        await _say_applied(tx, stream, applied)
    tx.ring(TAKEN)
    tx.ring(SIGNED)
    return True


async def stop_at(
    tx: ExchangeTx, *, standing: Standing, frame: Frame, decision: Gap | Refused
) -> bool:
    """Stop a stream with the reason, and keep a refused frame; False as in `apply_frames`."""
    stream = standing.stream
    if not await _stands(tx, standing):
        return False
    if isinstance(decision, Refused):
        await keep_refused(tx, stream, frame, decision)
        return True
    await tx.incoming.meet(stream, standing.position)
    detail = f"{decision.expected} is missing in front of {decision.got}"
    if await tx.incoming.stop(stream, "gap", detail, now=tx.now):
        await _say_stopped(tx, stream, "gap", detail)
    return True


async def _stands(tx: ExchangeTx, standing: Standing) -> bool:
    """Hold the stream, and say whether it still is as it was when the frame was judged."""
    if not await tx.incoming.lock(standing.stream, standing.position):
        return False
    return standing.halted == await tx.set_aside.halted(standing.stream)


async def keep_refused(tx: ExchangeTx, stream: Stream, frame: Frame, refused: Refused) -> None:
    """Keep the evidence and stop the stream; only a frame of the peer's own makes one known."""
    is_new = await tx.evidence.keep(stream, frame, refused, now=tx.now)
    if refused.is_authentic:
        await tx.incoming.meet(stream)
    reason = refused.reason.value
    stopped = await tx.incoming.stop(stream, reason, refused.detail, now=tx.now)
    is_known = refused.is_authentic or await tx.incoming.find(stream) is not None
    if stopped or (is_new and not is_known):
        await _say_stopped(tx, stream, reason, refused.detail)
    if refused.reason is RefusalReason.FORK:
        await tx.incoming.freeze(stream.key, tx.now)


async def _say_applied(tx: ExchangeTx, stream: Stream, applied: Apply) -> None:
    event = FrameApplied(
        origin=stream.origin,
        stream=stream.key,
        first=applied.header.first,
        count=applied.header.n,
        quarantined=len(applied.aside),
    )
    await tx.emit(event, key=stream.key)
    for record in applied.aside:
        said = RecordQuarantined(
            origin=stream.origin, stream=stream.key, sequence=record.seq, reason=record.reason.value
        )
        await tx.emit(said, key=stream.key)


async def _say_stopped(tx: ExchangeTx, stream: Stream, reason: str, detail: str) -> None:
    event = StreamStopped(
        origin=stream.origin, stream=stream.key, reason=reason, detail=detail[:500]
    )
    await tx.emit(event, key=stream.key)
