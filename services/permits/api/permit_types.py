"""What can be applied for at this hub, over HTTP."""

from fastapi import APIRouter, Depends

from services.permits.api.deps import Book, PermitsReading
from services.permits.api.views import permit_type_view
from shared.contracts.permits.api import PermitTypeView
from shared.web.auth import requires
from shared.web.door import DoorRoute
from shared.web.pages import Page

router = APIRouter(prefix="/v1/permit-types", tags=["permit types"], route_class=DoorRoute)


@router.get("", dependencies=[Depends(requires("permits:read"))])
async def page(tx: PermitsReading, book: Book) -> Page[PermitTypeView]:
    """List the permits of this hub's country that can be applied for today."""
    types = book.permit_types(on=book.day_of(tx.now))
    return Page(items=[permit_type_view(one) for one in types])
