"""Close and sign frames over everything numbered; they are kept before anybody sees them."""

from services.exchange.domain.frame import FRAME_EVENTS_MAX, build_frame, fitting
from services.exchange.domain.keys import SigningKey
from services.exchange.store.tx import ExchangeTx


async def close_frames(tx: ExchangeTx, *, key: SigningKey, schema_set: str) -> int:
    """Close one frame for each stream that has records waiting; return how many were closed."""
    closed = 0
    for waiting in await tx.outgoing.unframed():
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
        closed += 1
    return closed
