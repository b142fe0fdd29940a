"""Who decides for which agency, over HTTP: the hub's operator gives and takes it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from services.permits.api.deps import Book, Doer, PermitsReading, PermitsTransaction
from services.permits.api.views import officer_view
from services.permits.usecases.assign_officers import give_agency, take_agency
from shared.contracts.permits.api import Agency
from shared.contracts.permits.office import OfficerView
from shared.kernel.ids import ID_PATTERN
from shared.web.auth import requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

router = APIRouter(
    prefix="/v1/agencies/{agency}/officers",
    tags=["agencies"],
    route_class=DoorRoute,
    dependencies=[Depends(requires("hub:operate"))],
)
MemberId = Annotated[str, Path(pattern=ID_PATTERN)]


@router.get("")
async def page(
    agency: Agency, tx: PermitsReading, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None
) -> Page[OfficerView]:
    """List an agency's officers by member id."""
    found = await tx.agencies.officers(agency, after=after(cursor), limit=limit)
    return Page(
        items=[officer_view(one) for one in found],
        next_cursor=cursor_for([one.member_id for one in found], limit=limit),
    )


@router.put("/{member_id}", status_code=204)
async def give(
    agency: Agency, member_id: MemberId, tx: PermitsTransaction, by: Doer, book: Book
) -> None:
    """Let a member decide and advise for the agency."""
    await give_agency(tx, agency=agency, member_id=member_id, by=by, book=book)


@router.delete("/{member_id}", status_code=204)
async def take(agency: Agency, member_id: MemberId, tx: PermitsTransaction) -> None:
    """Let it do so no more."""
    await take_agency(tx, agency=agency, member_id=member_id)
