"""Licences over HTTP: read, see what was used and refused, and stop or give back."""

from fastapi import APIRouter, Depends, Response

from services.permits.api.deps import (
    Doer,
    LicenceId,
    PermitsReading,
    PermitsTransaction,
    VersionRead,
    etag,
    tenant,
)
from services.permits.api.views import licence_step_view, licence_view, refused_use_view, use_view
from services.permits.domain.licence import Licence
from services.permits.store.licences import LicenceNotFound
from services.permits.store.tx import PermitsTx
from services.permits.usecases.change_licence import (
    reinstate_licence,
    revoke_licence,
    surrender_licence,
    suspend_licence,
)
from shared.contracts.permits.api import LicenceView, RefusedUseView, StopLicence, UseView
from shared.contracts.permits.office import LicenceStepView
from shared.web.auth import Caller, Principal, requires
from shared.web.door import DoorRoute
from shared.web.pages import (
    PAGE_DEFAULT,
    Cursor,
    Limit,
    Page,
    after,
    cursor_for,
    number_after,
    number_in,
)

router = APIRouter(prefix="/v1", tags=["licences"], route_class=DoorRoute)
READS = Depends(requires("permits:read"))
DECIDES = Depends(requires("permits:decide"))


@router.get("/licences", dependencies=[READS])
async def page(
    tx: PermitsReading, caller: Caller, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None
) -> Page[LicenceView]:
    """List licences by id; everybody but an officer sees its own."""
    found = await tx.licences.page(holder_id=tenant(caller), after=after(cursor), limit=limit)
    return Page(
        items=[licence_view(one) for one in found],
        next_cursor=cursor_for([one.id for one in found], limit=limit),
    )


@router.get("/licences/{licence_id}", dependencies=[READS])
async def read(
    licence_id: LicenceId, tx: PermitsReading, caller: Caller, response: Response
) -> LicenceView:
    return shown(await own_licence(tx, licence_id, caller), response)


@router.get("/licences/{licence_id}/uses", dependencies=[READS])
async def uses(
    licence_id: LicenceId,
    tx: PermitsReading,
    caller: Caller,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> Page[UseView]:
    """List what export declarations took from a licence."""
    await own_licence(tx, licence_id, caller)
    declaration_id, _, line_no = after(cursor).partition("|")
    found = await tx.write_offs.uses_of(
        licence_id, after=(declaration_id, number_in(line_no)), limit=limit
    )
    marks = [f"{one.declaration_id}|{one.use.line_no}" for one in found]
    return Page(items=[use_view(one) for one in found], next_cursor=cursor_for(marks, limit=limit))


@router.get("/licences/{licence_id}/changes", dependencies=[READS])
async def changes(
    licence_id: LicenceId,
    tx: PermitsReading,
    caller: Caller,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> Page[LicenceStepView]:
    """Who or what changed a licence, and every field that changed."""
    await own_licence(tx, licence_id, caller)
    steps = await tx.licences.trail(licence_id, after=number_after(cursor), limit=limit)
    return Page(
        items=[licence_step_view(step) for _, step in steps],
        next_cursor=cursor_for([str(number) for number, _ in steps], limit=limit),
    )


@router.get("/refused-uses", dependencies=[READS])
async def refused_uses(
    tx: PermitsReading, caller: Caller, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None
) -> Page[RefusedUseView]:
    """List goods that left without enough of a permit."""
    found = await tx.write_offs.refused_page(
        holder_id=tenant(caller), after=number_after(cursor), limit=limit
    )
    return Page(
        items=[refused_use_view(one) for one in found],
        next_cursor=cursor_for([str(one.number) for one in found], limit=limit),
    )


@router.post("/licences/{licence_id}/suspend", dependencies=[DECIDES])
async def suspend(
    licence_id: LicenceId,
    body: StopLicence,
    tx: PermitsTransaction,
    by: Doer,
    expected: VersionRead,
    response: Response,
) -> LicenceView:
    """Stop a licence for a while."""
    changed = await suspend_licence(
        tx, licence_id=licence_id, reason=body.reason, by=by, expected=expected
    )
    return shown(changed, response)


@router.post("/licences/{licence_id}/reinstate", dependencies=[DECIDES])
async def reinstate(
    licence_id: LicenceId,
    body: StopLicence,
    tx: PermitsTransaction,
    by: Doer,
    expected: VersionRead,
    response: Response,
) -> LicenceView:
    """Put a suspended licence in force again."""
    changed = await reinstate_licence(
        tx, licence_id=licence_id, reason=body.reason, by=by, expected=expected
    )
    return shown(changed, response)


@router.post("/licences/{licence_id}/revoke", dependencies=[DECIDES])
async def revoke(
    licence_id: LicenceId,
    body: StopLicence,
    tx: PermitsTransaction,
    by: Doer,
    expected: VersionRead,
    response: Response,
) -> LicenceView:
    """End a licence for good."""
    changed = await revoke_licence(
        tx, licence_id=licence_id, reason=body.reason, by=by, expected=expected
    )
    return shown(changed, response)


@router.post("/licences/{licence_id}/surrender", dependencies=[Depends(requires("permits:write"))])
async def surrender(
    licence_id: LicenceId,
    body: StopLicence,
    tx: PermitsTransaction,
    by: Doer,
    response: Response,
) -> LicenceView:
    """Give one's own licence back."""
    changed = await surrender_licence(tx, licence_id=licence_id, reason=body.reason, by=by)
    return shown(changed, response)


async def own_licence(tx: PermitsTx, licence_id: str, caller: Principal) -> Licence:
    """Return a licence its holder or an officer asks for, or raise LicenceNotFound."""
    found = await tx.licences.get(licence_id, lock=False)
    if tenant(caller) not in {None, found.holder_id}:
        raise LicenceNotFound(f"no licence {licence_id}")
    return found


def shown(one: Licence, response: Response) -> LicenceView:
    response.headers["ETag"] = etag(one.version)
    return licence_view(one)
