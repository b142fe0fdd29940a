"""Applications over HTTP, the exporter's side: draft, submit, answer, withdraw, amend, appeal."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from services.permits.api.deps import (
    ApplicationId,
    Book,
    Doer,
    ExpectedVersion,
    PermitsReading,
    PermitsTransaction,
    VersionRead,
    etag,
    tenant,
)
from services.permits.api.views import application_view, step_view, wish_of
from services.permits.domain.application import Application
from services.permits.store.applications import ApplicationNotFound
from services.permits.usecases.appeal_refusal import appeal_refusal
from services.permits.usecases.draft_application import (
    amend_application,
    draft_application,
    edit_draft,
)
from services.permits.usecases.submit_application import answer_question, submit_application
from services.permits.usecases.withdraw_application import withdraw_application
from shared.contracts.permits.api import (
    Answer,
    Appeal,
    ApplicationState,
    ApplicationView,
    Apply,
    Wish,
)
from shared.contracts.permits.office import StepView
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for, number_after

router = APIRouter(prefix="/v1/applications", tags=["applications"], route_class=DoorRoute)
READS = Depends(requires("permits:read"))
WRITES = Depends(requires("permits:write"))
StateFilter = Annotated[ApplicationState | None, Query()]


@router.post("", status_code=201, dependencies=[WRITES])
async def draft(
    body: Apply, tx: PermitsTransaction, by: Doer, book: Book, response: Response
) -> ApplicationView:
    """Open a draft; nothing is handed in yet."""
    made = await draft_application(
        tx, permit_type=body.permit_type, wish=wish_of(body), by=by, book=book
    )
    response.headers["Location"] = f"/v1/applications/{made.id}"
    return shown(made, response)


@router.get("", dependencies=[READS])
async def page(
    tx: PermitsReading,
    caller: Caller,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
    state: StateFilter = None,
) -> Page[ApplicationView]:
    """List applications by id; everybody but an officer sees its own."""
    found = await tx.applications.page(
        applicant_id=tenant(caller), state=state, after=after(cursor), limit=limit
    )
    return Page(
        items=[application_view(one) for one in found],
        next_cursor=cursor_for([one.id for one in found], limit=limit),
    )


@router.get("/{application_id}", dependencies=[READS])
async def read(
    application_id: ApplicationId, tx: PermitsReading, caller: Caller, response: Response
) -> ApplicationView:
    found = await tx.applications.get(application_id, lock=False)
    if tenant(caller) not in {None, found.applicant_id}:
        raise ApplicationNotFound(f"no application {application_id}")
    return shown(found, response)


@router.get("/{application_id}/changes", dependencies=[READS])
async def changes(
    application_id: ApplicationId,
    tx: PermitsReading,
    caller: Caller,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> Page[StepView]:
    """Who did what to it, and every field that changed."""
    found = await tx.applications.get(application_id, lock=False)
    if tenant(caller) not in {None, found.applicant_id}:
        raise ApplicationNotFound(f"no application {application_id}")
    steps = await tx.applications.trail(application_id, after=number_after(cursor), limit=limit)
    return Page(
        items=[step_view(step) for _, step in steps],
        next_cursor=cursor_for([str(number) for number, _ in steps], limit=limit),
    )


@router.put("/{application_id}", dependencies=[WRITES])
async def edit(
    application_id: ApplicationId,
    body: Wish,
    tx: PermitsTransaction,
    by: Doer,
    book: Book,
    expected: VersionRead,
    response: Response,
) -> ApplicationView:
    """Change what a draft asks for."""
    edited = await edit_draft(
        tx,
        application_id=application_id,
        wish=wish_of(body),
        by=by,
        book=book,
        expected=expected,
    )
    return shown(edited, response)


@router.post("/{application_id}/submit", dependencies=[WRITES])
async def submit(
    application_id: ApplicationId,
    tx: PermitsTransaction,
    by: Doer,
    book: Book,
    expected: ExpectedVersion,
    response: Response,
) -> ApplicationView:
    """Hand a draft in; what a check finds missing is asked at once."""
    submitted = await submit_application(
        tx, application_id=application_id, by=by, book=book, expected=expected
    )
    return shown(submitted, response)


@router.post("/{application_id}/answer", dependencies=[WRITES])
async def answer(
    application_id: ApplicationId,
    body: Answer,
    tx: PermitsTransaction,
    by: Doer,
    book: Book,
    response: Response,
) -> ApplicationView:
    """Answer what was asked; the office's clock goes on."""
    answered = await answer_question(
        tx, application_id=application_id, answer=body.answer, facts=body.facts, by=by, book=book
    )
    return shown(answered, response)


@router.post("/{application_id}/withdraw", dependencies=[WRITES])
async def withdraw(
    application_id: ApplicationId,
    tx: PermitsTransaction,
    by: Doer,
    book: Book,
    response: Response,
) -> ApplicationView:
    """Take it back before it is decided."""
    withdrawn = await withdraw_application(tx, application_id=application_id, by=by, book=book)
    return shown(withdrawn, response)


@router.post("/{application_id}/amend", status_code=201, dependencies=[WRITES])
async def amend(
    application_id: ApplicationId,
    tx: PermitsTransaction,
    by: Doer,
    book: Book,
    response: Response,
) -> ApplicationView:
    """Open a draft that supersedes this one."""
    made = await amend_application(tx, application_id=application_id, by=by, book=book)
    response.headers["Location"] = f"/v1/applications/{made.id}"
    return shown(made, response)


@router.post("/{application_id}/appeal", dependencies=[WRITES])
async def appeal(
    application_id: ApplicationId,
    body: Appeal,
    tx: PermitsTransaction,
    by: Doer,
    book: Book,
    response: Response,
) -> ApplicationView:
    """Ask for a refusal to be looked at again, once and in time."""
    appealed = await appeal_refusal(
        tx, application_id=application_id, reason=body.reason, by=by, book=book
    )
    return shown(appealed, response)


def shown(one: Application, response: Response) -> ApplicationView:
    response.headers["ETag"] = etag(one.version)
    return application_view(one)
