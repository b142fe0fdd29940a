"""Import declarations over HTTP: read, amend, and the officers' doors."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from services.customs.api.deps import (
    DeclarationId,
    OwnReading,
    OwnTransaction,
    may_see,
    sees_everything,
)
from services.customs.api.views import declaration_view
from services.customs.domain.declaration import Declaration
from services.customs.domain.goods_return import ReturnedQuantity
from services.customs.domain.inspection import Outcome
from services.customs.domain.status import Status
from services.customs.store.declarations import DeclarationNotFound
from services.customs.usecases.amend_declaration import amend_declaration
from services.customs.usecases.decide_declaration import (
    detain_declaration,
    inspect_declaration,
    release_declaration,
    send_back_declaration,
)
from services.customs.usecases.note_inspection import note_inspection
from services.customs.usecases.queries import missing_documents
from services.customs.usecases.resubmit_declaration import cancel_declaration, resubmit_declaration
from shared.contracts.customs.api import Amend, Decide, DeclarationView, Detain
from shared.contracts.customs.gate import NoteInspection
from shared.kernel.errors import Rejected
from shared.web.auth import Caller, Principal, requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

router = APIRouter(prefix="/v1/declarations", tags=["import declarations"], route_class=DoorRoute)

LogisticsNoFilter = Annotated[
    str | None, Query(min_length=1, max_length=100, description="the house waybill's number")
]
StatusFilter = Annotated[int | None, Query(ge=1, le=899, description="the authority's code")]


class StatusUnknown(Rejected):
    """A declaration never has this status."""

    code = "customs.status-unknown"


@router.get("", dependencies=[Depends(requires("customs:read"))])
async def page(
    tx: OwnReading,
    caller: Caller,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
    status: StatusFilter = None,
    logistics_no: LogisticsNoFilter = None,
) -> Page[DeclarationView]:
    """List declarations by id; everybody but an officer sees their own."""
    found = await tx.declarations.page(
        after=after(cursor),
        limit=limit,
        member_id=None if sees_everything(caller) else caller.member_id,
        status=None if status is None else _status(status),
        logistics_no=logistics_no,
    )
    return Page(
        items=[declaration_view(one) for one in found],
        next_cursor=cursor_for([one.id for one in found], limit=limit),
    )


@router.get("/{declaration_id}", dependencies=[Depends(requires("customs:read"))])
async def read(
    declaration_id: DeclarationId, tx: OwnReading, caller: Caller, response: Response
) -> DeclarationView:
    """Read a declaration and which documents it still waits for."""
    found = _own(await tx.declarations.get(declaration_id), caller)
    response.headers["ETag"] = f'"{found.version}"'
    return declaration_view(found, missing=await missing_documents(tx, found))


@router.post(
    "/{declaration_id}/amendments",
    status_code=201,
    dependencies=[Depends(requires("customs:write"))],
)
async def amend(
    declaration_id: DeclarationId, body: Amend, tx: OwnTransaction, caller: Caller
) -> DeclarationView:
    """Correct goods codes of a returned declaration; it is declared again at once."""
    _own(await tx.declarations.get(declaration_id), caller)
    codes = {line.line_no: line.hs_code for line in body.lines}
    changed = await amend_declaration(
        tx, declaration_id=declaration_id, codes=codes, by=caller.member_id
    )
    return declaration_view(changed)


@router.post(
    "/{declaration_id}/cancellations",
    status_code=201,
    dependencies=[Depends(requires("customs:write"))],
)
async def cancel(
    declaration_id: DeclarationId, tx: OwnTransaction, caller: Caller
) -> DeclarationView:
    """Withdraw a declaration; goods that are held already go back to their seller."""
    _own(await tx.declarations.get(declaration_id), caller)
    changed = await cancel_declaration(tx, declaration_id=declaration_id, by=caller.member_id)
    return declaration_view(changed)


@router.post(
    "/{declaration_id}/submissions",
    status_code=201,
    dependencies=[Depends(requires("customs:write"))],
)
async def resubmit(
    declaration_id: DeclarationId, tx: OwnTransaction, caller: Caller
) -> DeclarationView:
    """Send a returned or undelivered declaration again, under the same number."""
    _own(await tx.declarations.get(declaration_id), caller)
    return declaration_view(await resubmit_declaration(tx, declaration_id=declaration_id))


@router.post("/{declaration_id}/inspect", dependencies=[Depends(requires("customs:decide"))])
async def inspect(
    declaration_id: DeclarationId, body: Decide, tx: OwnTransaction, caller: Caller
) -> DeclarationView:
    """Hold the parcel to look at it, now or as soon as it is accepted."""
    changed = await inspect_declaration(
        tx, declaration_id=declaration_id, by=caller.member_id, reason=body.reason
    )
    return declaration_view(changed)


@router.post(
    "/{declaration_id}/inspections",
    status_code=201,
    dependencies=[Depends(requires("customs:decide"))],
)
async def note(
    declaration_id: DeclarationId, body: NoteInspection, tx: OwnTransaction, caller: Caller
) -> DeclarationView:
    """Note what an inspection found; it decides what becomes of the parcel."""
    changed = await note_inspection(
        tx,
        declaration_id=declaration_id,
        outcome=Outcome(body.outcome),
        missing=[
            ReturnedQuantity(line_no=line.line_no, quantity=line.missing) for line in body.missing
        ],
        by=caller.member_id,
    )
    return declaration_view(changed)


@router.post("/{declaration_id}/detain", dependencies=[Depends(requires("customs:decide"))])
async def detain(
    declaration_id: DeclarationId, body: Detain, tx: OwnTransaction, caller: Caller
) -> DeclarationView:
    """Keep the parcel after it was looked at."""
    changed = await detain_declaration(
        tx,
        declaration_id=declaration_id,
        kind=Status(body.status),
        by=caller.member_id,
        reason=body.reason,
    )
    return declaration_view(changed)


@router.post("/{declaration_id}/release", dependencies=[Depends(requires("customs:decide"))])
async def release(
    declaration_id: DeclarationId, body: Decide, tx: OwnTransaction, caller: Caller
) -> DeclarationView:
    """Let the parcel go to its buyer."""
    changed = await release_declaration(
        tx, declaration_id=declaration_id, by=caller.member_id, reason=body.reason
    )
    return declaration_view(changed)


@router.post("/{declaration_id}/send-back", dependencies=[Depends(requires("customs:decide"))])
async def send_back(
    declaration_id: DeclarationId, body: Decide, tx: OwnTransaction, caller: Caller
) -> DeclarationView:
    """Send the parcel back to its seller."""
    changed = await send_back_declaration(
        tx, declaration_id=declaration_id, by=caller.member_id, reason=body.reason
    )
    return declaration_view(changed)


def _own(found: Declaration, caller: Principal) -> Declaration:
    if not may_see(caller, found.seller_id, found.marketplace_id):
        raise DeclarationNotFound(f"no declaration {found.id}")
    return found


def _status(code: int) -> Status:
    if code not in set(Status):
        raise StatusUnknown(f"no status {code}", field="status")
    return Status(code)
