"""Evidence: one event's bundle for third parties, and the heads of the evidence logs."""

import base64
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Response

from services.exchange.api.deps import AskingPeer, ExchangeReading, TheRoad
from services.exchange.domain.tree_head import head_of
from services.exchange.usecases.export_evidence import export_evidence
from shared.contracts.exchange.api import AskTreeHead, LogView, ShownTreeHead
from shared.kernel.errors import NotFound
from shared.kernel.ids import HUB_PATTERN
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(
    prefix="/v1",
    tags=["evidence"],
    route_class=DoorRoute,
    dependencies=[Depends(requires("exchange:read"))],
)
peers_router = APIRouter(prefix="/v1", tags=["evidence"])

EventId = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]


class LogEmpty(NotFound):
    """Nothing was logged here yet, so no head is signed."""

    code = "exchange.log-empty"


@router.get("/evidence/{event_id}", response_class=Response)
async def evidence(
    event_id: EventId,
    tx: ExchangeReading,
    peer: Annotated[str | None, Query(pattern=HUB_PATTERN)] = None,
) -> Response:
    """All that proves that an event crossed, in one JSON document that is checked offline."""
    bundle = await export_evidence(tx, event_id, peer=peer)
    return Response(msgspec.json.encode(bundle), media_type="application/json")


@router.get("/evidence-logs")
async def evidence_logs(tx: ExchangeReading) -> list[LogView]:
    """How long this hub's evidence log is, and its peers' as last seen here."""
    contradictions = await tx.heads.contradictions()
    own = await tx.tree.state()
    heads = [(tx.hub, own.head.body)] if own.head.body else []
    heads += [(each.hub, each.signed.body) for each in await tx.heads.all()]
    views = []
    for hub, body in heads:
        head = head_of(body)
        views.append(
            LogView(
                hub=hub,
                epoch=head.epoch,
                size=head.size,
                root=head.root,
                signed_at=head.at,
                contradictions=contradictions.get(hub, 0),
            )
        )
    return views


@peers_router.post("/tree-head")
async def tree_head(body: AskTreeHead, peer: AskingPeer, road: TheRoad) -> ShownTreeHead:
    """The head of this hub's evidence log, and the proof that it begins with the one named."""
    async with road.store.reading() as tx:
        state = await tx.tree.state()
        if not state.head.body:
            raise LogEmpty(f"{road.hub} has logged nothing yet")
        path: tuple[bytes, ...] = ()
        if body.epoch == state.epoch and body.size <= state.size:
            path = await tx.tree.consistency(body.size, state.size)
    return ShownTreeHead(
        body=_text(state.head.body),
        signature=_text(state.head.signature),
        path=tuple(_text(node) for node in path),
    )


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
