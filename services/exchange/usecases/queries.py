"""What both hubs can be asked: where streams stand, and what they hold."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from services.exchange.domain.peer import Peer
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


class PeerState(NamedTuple):
    """How this hub stands with one peer: what may cross, whether canaries come back, what is known
    of its evidence log, and how long its keys hold."""

    hub: str
    url: str
    suspended: bool
    transport: str
    canary_out_since: datetime | None
    canary_round_trip_ms: int | None
    contradictions: int
    head_seen_at: datetime | None
    keys_valid_until: datetime | None


async def peer_states(tx: ExchangeTx, peers: Mapping[str, Peer]) -> list[PeerState]:
    """Return every peer that the anchor file names."""
    canaries = {each.peer: each for each in await tx.canaries.all()}
    heads = {each.hub: each for each in await tx.heads.all()}
    contradictions = await tx.heads.contradictions()
    states = []
    for hub, peer in sorted(peers.items()):
        canary, head = canaries.get(hub), heads.get(hub)
        is_out = canary is not None and canary.returned_at is None
        states.append(
            PeerState(
                hub,
                peer.url,
                await tx.contracts.is_suspended(hub),
                await tx.contracts.transport(peer),
                canary.sent_at if canary and is_out else None,
                canary.round_trip_ms if canary else None,
                contradictions.get(hub, 0),
                head.seen_at if head else None,
                peer.ring.valid_until,
            )
        )
    return states


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
