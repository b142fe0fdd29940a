"""What waits for an office's officers, over HTTP: most urgent first, or oldest first."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.permits.api.deps import Book, CursorForeign, PermitsReading
from services.permits.api.views import queue_item
from services.permits.domain.sla import Risk
from services.permits.usecases.queries import QueuedCase, work_queue
from shared.contracts.permits.office import QueueItem
from shared.web.auth import requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

router = APIRouter(prefix="/v1/work-queue", tags=["work queue"], route_class=DoorRoute)

Sort = Annotated[Literal["due", "age"], Query(description="most urgent first, or oldest first")]


@router.get("", dependencies=[Depends(requires("permits:decide"))])
async def page(
    tx: PermitsReading,
    book: Book,
    agency: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
    risk: Risk | None = None,
    sort: Sort = "due",
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> Page[QueueItem]:
    """List the cases that wait for officers, of one agency or all, at one risk or any."""
    by_age = sort == "age"
    found = await work_queue(
        tx,
        agency=agency,
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


def _mark(case: QueuedCase, *, by_age: bool) -> str:
    submitted_at = case.application.submitted_at
    assert submitted_at is not None, "what waits for an officer was submitted"
    place = submitted_at if by_age else case.promise.due_on
    return f"{place.isoformat()}|{case.application.id}"


def _place(mark: str, *, by_age: bool) -> tuple[date | datetime, str] | None:
    if not mark:
        return None
    place, _, last = mark.partition("|")
    try:
        parsed = datetime.fromisoformat(place) if by_age else date.fromisoformat(place)
    except ValueError as error:
        raise CursorForeign("not a cursor of this list", field="cursor") from error
    return parsed, last
