"""What both hubs can be asked: where streams stand, and what they hold."""

from datetime import datetime
from typing import Literal, NamedTuple

from services.exchange.domain.projection import Projection, Row
from services.exchange.store.tx import ExchangeTx
from shared.kernel.errors import NotFound


class StreamNotFound(NotFound):
    """No stream of this name starts or ends here."""

    code = "exchange.stream-not-found"


class StreamState(NamedTuple):
    """One end of a stream: how far it has come and the hash of what it holds."""

    stream: str
    role: Literal["origin", "destination"]
    seq: int
    acknowledged_seq: int
    chain: str
    epoch: int
    set_aside: int
    stop_reason: str | None
    stop_detail: str | None
    frozen: bool = False
    waiting_since: datetime | None = None


async def stream_states(tx: ExchangeTx) -> list[StreamState]:
    """Return every stream that starts or ends at this hub."""
    since = await tx.outgoing.unacknowledged_since()
    states = [
        StreamState(
            each.stream.key,
            "origin",
            each.last_seq,
            each.acknowledged_seq,
            each.position.chain,
            each.position.epoch,
            0,
            each.stop_reason,
            each.stop_detail,
            waiting_since=since.get(each.stream.key),
        )
        for each in await tx.outgoing.all()
    ]
    aside = await tx.set_aside.counts()
    states += [
        StreamState(
            each.stream,
            "destination",
            each.position.seq,
            each.position.seq,
            each.position.chain,
            each.position.epoch,
            aside.get(each.stream, 0),
            each.stop_reason,
            each.stop_detail,
            each.is_frozen,
        )
        for each in await tx.incoming.all()
    ]
    return states


async def projection_rows(tx: ExchangeTx, state: StreamState) -> list[Row]:
    """Return the projection of one end: the newest record of each subject and type, in order."""
    if state.role == "origin":
        rows = await tx.outgoing.projection(state.stream, up_to=state.seq)
    else:
        rows = await tx.arrivals.projection(state.stream)
    return Projection(rows).rows()
