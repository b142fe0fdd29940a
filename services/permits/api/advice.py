"""Several agencies at once over HTTP: ask them, take their advice, say who works on what."""

from fastapi import APIRouter, Depends, Response

from services.permits.api.applications import shown
from services.permits.api.deps import ApplicationId, Book, Doer, PermitsTransaction, VersionRead
from services.permits.usecases.assign_officers import assign_application
from services.permits.usecases.consult_agencies import (
    consult_agencies,
    end_consultation,
    give_advice,
)
from shared.contracts.permits.api import Advise, ApplicationView, Assign, Consult
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(
    prefix="/v1/applications/{application_id}",
    tags=["advice"],
    route_class=DoorRoute,
    dependencies=[Depends(requires("permits:decide"))],
)


@router.post("/consult")
async def consult(
    application_id: ApplicationId,
    body: Consult,
    tx: PermitsTransaction,
    by: Doer,
    book: Book,
    expected: VersionRead,
    response: Response,
) -> ApplicationView:
    """Ask other agencies for advice, all at once."""
    consulting = await consult_agencies(
        tx,
        application_id=application_id,
        agencies=body.agencies,
        by=by,
        book=book,
        expected=expected,
    )
    return shown(consulting, response)


@router.post("/advise")
async def advise(
    application_id: ApplicationId,
    body: Advise,
    tx: PermitsTransaction,
    by: Doer,
    book: Book,
    expected: VersionRead,
    response: Response,
) -> ApplicationView:
    """Advise for an agency that was asked; the last advice brings the case back to review."""
    advised = await give_advice(
        tx,
        application_id=application_id,
        agency=body.agency,
        opinion=body.opinion,
        reason=body.reason,
        conditions=body.conditions,
        by=by,
        book=book,
        expected=expected,
    )
    return shown(advised, response)


@router.post("/end-consultation")
async def end(
    application_id: ApplicationId,
    tx: PermitsTransaction,
    by: Doer,
    book: Book,
    expected: VersionRead,
    response: Response,
) -> ApplicationView:
    """Go on without the advice that has not come."""
    ended = await end_consultation(
        tx, application_id=application_id, by=by, book=book, expected=expected
    )
    return shown(ended, response)


@router.post("/assign")
async def assign(
    application_id: ApplicationId,
    body: Assign,
    tx: PermitsTransaction,
    by: Doer,
    book: Book,
    expected: VersionRead,
    response: Response,
) -> ApplicationView:
    """Give the case on an agency's desk to one of its officers, or to nobody."""
    assigned = await assign_application(
        tx,
        application_id=application_id,
        agency=body.agency,
        officer_id=body.officer_id,
        by=by,
        book=book,
        expected=expected,
    )
    return shown(assigned, response)
