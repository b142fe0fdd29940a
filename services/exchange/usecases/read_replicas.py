"""Read what peers shared, as it is now or as this hub held it at a moment."""

from collections.abc import Sequence
from datetime import datetime

from services.exchange.domain.frame import lines_of
from services.exchange.domain.line import envelope_of
from services.exchange.store.replicas import Came, Replica
from services.exchange.store.tx import ExchangeTx


async def as_of(tx: ExchangeTx, now: Sequence[Replica], at: datetime) -> list[Replica]:
    """Return what these replicas, all of one type, were at a moment; those that had not come yet
    are left out. The data is read out of the frame that brought it, whose signature still holds."""
    if not now:
        return []
    event_type = now[0].type
    heads = await tx.replicas.heads_at(event_type.split(".", 1)[0], at)
    found = await tx.replicas.came_by(event_type, {each.subject for each in now}, heads, at)
    then: dict[tuple[str, str], Came] = {}
    for came in sorted(found, key=lambda each: each.seq):
        place = (came.stream.split("/", 1)[0], came.subject)
        held = then.get(place)
        if held is None or await _is_later(tx, came, held):
            then[place] = came
    return [
        each if (held.stream, held.seq) == (each.stream, each.seq) else await _read(tx, each, held)
        for each in now
        if (held := then.get((each.origin, each.subject))) is not None
    ]


async def _is_later(tx: ExchangeTx, one: Came, other: Came) -> bool:
    """Say whether a record came after another: by its number, or by when it was applied where the
    subject has moved to another stream."""
    if one.stream == other.stream:
        return one.seq > other.seq
    applied = [await tx.replicas.frame_of(each.stream, each.seq) for each in (one, other)]
    return applied[0][3] > applied[1][3]


async def _read(tx: ExchangeTx, now: Replica, then: Came) -> Replica:
    first, last, value, _ = await tx.replicas.frame_of(then.stream, then.seq)
    past = now._replace(
        stream=then.stream, seq=then.seq, event_id=then.event_id, line_hash=then.line_hash
    )
    if value is None:
        return past._replace(version=0, data=None)
    envelope = envelope_of(lines_of(value, count=last - first + 1)[then.seq - first])
    return past._replace(version=envelope.sequence, data=envelope.data)
