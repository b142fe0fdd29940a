"""Replicas: what peers shared, for reading only; each record is written by its owner alone."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.exchange.api.deps import ExchangeReading
from services.exchange.store.replicas import Replica
from services.exchange.usecases.read_replicas import as_of
from shared.contracts.exchange.api import ReplicaView
from shared.contracts.times import AskedMoment
from shared.kernel.ids import HUB_PATTERN
from shared.web.auth import requires
from shared.web.door import DoorRoute
from shared.web.pages import (
    PAGE_DEFAULT,
    Cursor,
    CursorMalformed,
    Limit,
    Page,
    after,
    cursor_for,
)

router = APIRouter(
    prefix="/v1",
    tags=["replicas"],
    route_class=DoorRoute,
    dependencies=[Depends(requires("exchange:read"))],
)

EventType = Annotated[str, Query(pattern=r"^[a-z]+\.[a-z-]+\.v[0-9]{1,3}$", max_length=100)]
Subject = Annotated[str | None, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
HUB_LENGTH = 6


@router.get("/replicas")
async def replicas(
    tx: ExchangeReading,
    type: EventType,
    origin: Annotated[str | None, Query(pattern=HUB_PATTERN)] = None,
    subject: Subject = None,
    at: Annotated[
        AskedMoment | None, Query(alias="as_of", description="as this hub held them then")
    ] = None,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> Page[ReplicaView]:
    """The newest record that peers shared of each subject of a type, by origin and subject.

    With `as_of` a page may hold fewer than asked for: what had not come by then is left out.
    """
    now = await tx.replicas.page(
        type, origin=origin, subject=subject, after=_place(cursor), limit=limit
    )
    shown = now if at is None else await as_of(tx, now, at)
    return Page(
        items=[_view(each) for each in shown],
        next_cursor=cursor_for([f"{each.origin}{each.subject}" for each in now], limit=limit),
    )


def _place(cursor: str | None) -> tuple[str, str]:
    last = after(cursor)
    if last and len(last) <= HUB_LENGTH:
        raise CursorMalformed("not a cursor of this list", field="cursor")
    return last[:HUB_LENGTH], last[HUB_LENGTH:]


def _view(of: Replica) -> ReplicaView:
    shown = of._asdict() | {"data": None if of.data is None else of.data.decode()}
    return ReplicaView.model_validate(shown)
