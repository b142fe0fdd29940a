"""Close and sign frames over everything numbered; they are kept before anybody sees them."""

import structlog

from services.exchange.domain.frame import (
    FRAME_EVENTS_MAX,
    FrameOverLimit,
    build_frame,
    fitting,
)
from services.exchange.domain.keys import SigningKey
from services.exchange.store.outgoing import OutgoingStream
from services.exchange.store.tx import FRAMED, SIGNED, ExchangeTx
from services.exchange.usecases.trace_lines import trace_lines
from shared.contracts.exchange.events import StreamStopped

log = structlog.get_logger(__name__)


async def close_frames(tx: ExchangeTx, *, key: SigningKey, schema_set: str, epoch: int) -> int:
    """Close one frame for each stream that has records waiting; return how many were closed.

    A stream whose next record fits no frame stops and says so; the others go on.
    """
    closed = 0
    for waiting in await tx.outgoing.unframed(epoch=epoch):
        try:
            await _close(tx, waiting, key, schema_set)
            closed += 1
        except FrameOverLimit as error:
            await _stop(tx, waiting, error)
    if closed:
        tx.ring(FRAMED)
        tx.ring(SIGNED)
    return closed


async def _close(tx: ExchangeTx, waiting: OutgoingStream, key: SigningKey, schema_set: str) -> None:
    lines = await tx.outgoing.lines_after(
        waiting.stream, waiting.position.seq, limit=FRAME_EVENTS_MAX
    )
    lines = lines[: fitting(lines)]
    frame, after = build_frame(
        lines,
        stream=waiting.stream,
        after=waiting.position,
        schema_set=schema_set,
        key=key,
        now=tx.now,
    )
    first = waiting.position.seq + 1
    await tx.outgoing.keep_frame(waiting.stream, frame, after=after, first=first, now=tx.now)
    trace_lines(tx, "frame closed", lines, stream=waiting.stream)


async def _stop(tx: ExchangeTx, waiting: OutgoingStream, error: FrameOverLimit) -> None:
    """Records are weighed before they are numbered, so only a database of before has such."""
    if not await tx.outgoing.stop(waiting.stream, error.code, error.message, now=tx.now):
        return
    log.error("road.unframeable", stream=waiting.stream.key, why=error.message)
    event = StreamStopped(
        origin=tx.hub, stream=waiting.stream.key, reason=error.code, detail=error.message[:500]
    )
    await tx.emit(event, key=waiting.stream.key)
