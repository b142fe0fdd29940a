"""What waits for an office's officers, over HTTP: most urgent first, or oldest first."""

from collections.abc import Collection
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.permits.api.deps import Book, PermitsReading
from services.permits.api.views import queue_item
from services.permits.domain.actor import check_agency
from services.permits.domain.sla import Risk
from services.permits.store.tx import PermitsTx
from services.permits.usecases.queries import QueuedCase, work_queue
from shared.contracts.permits.api import Agency
from shared.contracts.permits.office import QueueItem
from shared.web.auth import Caller, Principal, requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, CursorMalformed, Limit, Page, after, cursor_for

router = APIRouter(prefix="/v1/work-queue", tags=["work queue"], route_class=DoorRoute)

Mine = Annotated[bool, Query(description="only what the caller works on")]
Sort = Annotated[Literal["due", "age"], Query(description="most urgent first, or oldest first")]


@router.get("", dependencies=[Depends(requires("permits:decide"))])
async def page(
    tx: PermitsReading,
    caller: Caller,
    book: Book,
    agency: Agency | None = None,
    risk: Risk | None = None,
    *,
    mine: Mine = False,
    sort: Sort = "due",
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> Page[QueueItem]:
    """List what lies on the desks of the caller's agencies (of all, for the hub's operator)."""
    by_age = sort == "age"
    found = await work_queue(
        tx,
        agencies=await _agencies(tx, caller, agency),
        officer_id=caller.member_id if mine else None,
        risk=risk,
        by_age=by_age,
        after=_place(after(cursor), by_age=by_age),
        limit=limit,
        book=book,
    )
    marks = [_mark(case, by_age=by_age) for case in found]
    return Page(
        items=[queue_item(case) for case in found], next_cursor=cursor_for(marks, limit=limit)
    )


async def _agencies(tx: PermitsTx, caller: Principal, agency: str | None) -> Collection[str] | None:
    """Return whose desks the caller looks at, or raise NotYourAgency; None means all."""
    if caller.may("hub:operate"):
        return None if agency is None else [agency]
    own = await tx.agencies.of(caller.member_id)
    if agency is None:
        return own
    check_agency(own, [agency])
    return [agency]


def _mark(case: QueuedCase, *, by_age: bool) -> str:
    submitted_at = case.on.application.submitted_at
    assert submitted_at is not None, "what waits for an officer was submitted"
    place = submitted_at if by_age else case.promise.due_on
    return f"{place.isoformat()}|{case.on.application.id}|{case.on.agency}"


def _place(mark: str, *, by_age: bool) -> tuple[date | datetime, str, str] | None:
    if not mark:
        return None
    try:
        place, application_id, agency = mark.split("|")
        if not by_age:
            return date.fromisoformat(place), application_id, agency
        submitted_at = datetime.fromisoformat(place)
        if submitted_at.tzinfo is None:
            raise ValueError("a moment without its offset")
        return submitted_at.astimezone(UTC), application_id, agency
    except (ValueError, OverflowError) as error:
        raise CursorMalformed("not a cursor of this list", field="cursor") from error
