"""Streams, projections and peers, for operators and auditors."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.exchange.api.deps import ExchangeReading, ExchangeTransaction, HubPath, TheRoad
from services.exchange.domain.peer import KafkaUnknown, PeerUnknown
from services.exchange.domain.projection import digest_of
from services.exchange.usecases.queries import (
    StreamNotFound,
    StreamState,
    peer_states,
    projection_rows,
    stream_states,
)
from shared.contracts.exchange.api import (
    ChooseTransport,
    PeerStateView,
    PeerView,
    ProjectionView,
    Role,
    RowView,
    StreamName,
    StreamView,
)
from shared.web.auth import requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, cursor_for, number_after

router = APIRouter(
    prefix="/v1",
    tags=["road"],
    route_class=DoorRoute,
    dependencies=[Depends(requires("exchange:read"))],
)
OPERATE = [Depends(requires("hub:operate"))]

RoleQuery = Annotated[Role, Query()]
StreamQuery = Annotated[StreamName, Query()]


@router.get("/streams")
async def streams(tx: ExchangeReading) -> list[StreamView]:
    """Every stream that starts or ends here, how far it is, and why it stands still if it does."""
    return [StreamView.model_validate(state._asdict()) for state in await stream_states(tx)]


@router.get("/projections")
async def projections(tx: ExchangeReading) -> list[ProjectionView]:
    """The hash of what each end holds; the two ends of a stream must show the same."""
    views = []
    for state in await stream_states(tx):
        digest = digest_of(await projection_rows(tx, state))
        views.append(
            ProjectionView(
                stream=state.stream, role=state.role, seq=state.seq, hash=digest, chain=state.chain
            )
        )
    return views


@router.get("/projection-rows")
async def rows(
    tx: ExchangeReading,
    stream: StreamQuery,
    role: RoleQuery,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> Page[RowView]:
    """The rows behind one end's hash, to find the first that differs."""
    state = await _state(tx, stream, role)
    start = number_after(cursor)
    found = (await projection_rows(tx, state))[start : start + limit]
    ends = [str(start + index + 1) for index in range(len(found))]
    return Page(
        items=[
            RowView(subject=row.subject, type=row.type, seq=row.seq, line_hash=row[3])
            for row in found
        ],
        next_cursor=cursor_for(ends, limit=limit),
    )


@router.get("/peers")
async def peers(tx: ExchangeReading, road: TheRoad) -> list[PeerStateView]:
    """Every peer: what may cross, whether its canaries come back, and how long its keys hold."""
    await road.trust.load_when_old()
    states = await peer_states(tx, road.peers)
    return [PeerStateView.model_validate(state._asdict()) for state in states]


@router.post("/peers/{hub}/suspend", dependencies=OPERATE)
async def suspend(hub: HubPath, tx: ExchangeTransaction, road: TheRoad) -> PeerView:
    """Let nothing cross to or from a peer until it is resumed."""
    if not await tx.contracts.suspend(hub, tx.now):
        raise PeerUnknown(f"no peer {hub}")
    return PeerView(hub=hub, suspended=True, url=road.peers[hub].url)


@router.post("/peers/{hub}/resume", dependencies=OPERATE)
async def resume(hub: HubPath, tx: ExchangeTransaction, road: TheRoad) -> PeerView:
    """Let a suspended peer's streams go on where they stopped."""
    if not await tx.contracts.suspend(hub, None):
        raise PeerUnknown(f"no peer {hub}")
    return PeerView(hub=hub, suspended=False, url=road.peers[hub].url)


@router.post("/peers/{hub}/transport", dependencies=OPERATE)
async def choose_transport(
    hub: HubPath, body: ChooseTransport, tx: ExchangeTransaction, road: TheRoad
) -> PeerView:
    """Read a peer's frames from its Kafka or from its feed; nothing is lost on the way over."""
    peer = road.peers.get(hub)
    if peer is None or not await tx.contracts.choose(hub, body.transport):
        raise PeerUnknown(f"no peer {hub}")
    if body.transport == "kafka" and not peer.kafka_bootstrap:
        raise KafkaUnknown("the anchor file names no Kafka of this peer", field="transport")
    suspended = await tx.contracts.is_suspended(hub)
    return PeerView(hub=hub, suspended=suspended, url=peer.url, transport=body.transport)


async def _state(tx: ExchangeReading, stream: str, role: Role) -> StreamState:
    for state in await stream_states(tx):
        if (state.stream, state.role) == (stream, role):
            return state
    raise StreamNotFound(f"{stream} has no {role} here")
