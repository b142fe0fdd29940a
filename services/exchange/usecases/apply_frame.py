"""Keep what was decided on a peer's frame: records, position, evidence in one transaction."""

from services.exchange.domain.frame import Frame
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.receipt import give_receipt
from services.exchange.domain.receive import Apply, Gap, RefusalReason, Refused
from services.exchange.domain.records import Accepted, Quarantined
from services.exchange.domain.stream import Stream
from services.exchange.store.tx import ExchangeTx
from services.exchange.usecases.judge_frame import Decision, Standing
from services.exchange.usecases.trace_lines import trace_lines
from shared.contracts.exchange.events import FrameApplied, RecordQuarantined, StreamStopped


async def apply_frame(
    tx: ExchangeTx,
    *,
    frame: Frame,
    standing: Standing,
    decision: Decision,
    key: SigningKey,
    log_offset: int | None = None,
) -> bool:
    """Keep a decision: applied whole, or the stream stops with a reason.

    False, with nothing kept, when the stream has moved since: then the frame is judged again.
    `log_offset` is where a peer's log goes on behind this frame, if it was read from one.
    """
    stream = standing.stream
    if not await tx.incoming.lock(stream, standing.position):
        return False
    if standing.halted != await tx.set_aside.halted(stream):
        return False
    match decision:
        case Apply():
            await _apply(tx, stream, frame, decision, key, log_offset)
            return True
        case Gap():
            await tx.incoming.meet(stream)
            detail = f"{decision.expected} is missing in front of {decision.got}"
            if await tx.incoming.stop(stream, "gap", detail, now=tx.now):
                await _say_stopped(tx, stream, "gap", detail)
        case Refused():
            await _keep_refused(tx, stream, frame, decision)
        case _:
            pass
    return True


async def _apply(
    tx: ExchangeTx,
    stream: Stream,
    frame: Frame,
    applied: Apply,
    key: SigningKey,
    log_offset: int | None,
) -> None:
    accepted = [record for record in applied.records if isinstance(record, Accepted)]
    aside = [record for record in applied.records if isinstance(record, Quarantined)]
    await tx.arrivals.keep(stream, accepted, now=tx.now)
    await tx.set_aside.keep(stream, aside, now=tx.now)
    receipt = give_receipt(applied, key=key, now=tx.now)
    await tx.receipts.keep(stream, frame, applied, receipt, now=tx.now)
    await tx.incoming.move(stream, applied, log_offset=log_offset, now=tx.now)
    await _say_applied(tx, stream, applied, aside)
    lines = [record.line for record in applied.records]
    trace_lines(tx, "frame applied", lines, stream=stream)


async def _keep_refused(tx: ExchangeTx, stream: Stream, frame: Frame, refused: Refused) -> None:
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


async def _say_applied(
    tx: ExchangeTx, stream: Stream, applied: Apply, aside: list[Quarantined]
) -> None:
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


async def _say_stopped(tx: ExchangeTx, stream: Stream, reason: str, detail: str) -> None:
    event = StreamStopped(
        origin=stream.origin, stream=stream.key, reason=reason, detail=detail[:500]
    )
    await tx.emit(event, key=stream.key)
