"""What operators do when something stands still: replay records, thaw streams."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from services.exchange.api.deps import ExchangeReading, ExchangeTransaction, TheRoad
from services.exchange.usecases.queries import StreamNotFound
from services.exchange.usecases.replay_record import replay_record
from shared.contracts.exchange.api import AsideView, NameStream, ReplayedRecords, StreamThawed
from shared.web.auth import requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, cursor_for, number_after

router = APIRouter(
    prefix="/v1",
    tags=["operate"],
    route_class=DoorRoute,
    dependencies=[Depends(requires("hub:operate"))],
)


@router.get("/set-aside")
async def set_aside(
    tx: ExchangeReading, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None
) -> Page[AsideView]:
    """Records of good frames that wait, oldest first; their content is not shown."""
    found = await tx.set_aside.waiting(after=number_after(cursor), limit=limit)
    return Page(
        items=[
            AsideView(
                id=each.id,
                stream=each.stream,
                seq=each.seq,
                subject=each.subject,
                reason=each.reason,
                detail=each.detail,
                quarantined_at=each.quarantined_at,
            )
            for each in found
        ],
        next_cursor=cursor_for([str(each.id) for each in found], limit=limit),
    )


@router.post("/set-aside/{number}/replay")
async def replay(
    number: Annotated[int, Path(ge=1, le=2**53)], tx: ExchangeTransaction, road: TheRoad
) -> ReplayedRecords:
    """Handle a record again, unchanged, and those of its subject behind it."""
    now = None if road.clocks_may_differ else tx.now
    replayed = await replay_record(
        tx, number=number, agreements=road.agreements, peers=road.peers, now=now
    )
    return ReplayedRecords(replayed=replayed)


@router.post("/streams/thaw")
async def thaw(body: NameStream, tx: ExchangeTransaction) -> StreamThawed:
    """Let a stream that a fork has frozen take frames again, behind what this hub holds."""
    if not await tx.incoming.freeze(body.stream, None):
        raise StreamNotFound(f"{body.stream} is not frozen here")
    return StreamThawed(stream=body.stream)
