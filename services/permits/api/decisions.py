"""Applications over HTTP, the officers' side: every step says in If-Match what was read."""

from fastapi import APIRouter, Depends, Response

from services.permits.api.applications import shown
from services.permits.api.deps import (
    ApplicationId,
    Book,
    Doer,
    PermitsTransaction,
    Signer,
    VersionRead,
)
from services.permits.usecases.appeal_refusal import hear_appeal
from services.permits.usecases.decide_application import countersign_decision, decide_application
from services.permits.usecases.examine_application import (
    ask_exporter,
    pass_checks,
    take_up_application,
)
from shared.contracts.permits.api import ApplicationView, Ask, Countersign, Decide, HearAppeal
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(
    prefix="/v1/applications/{application_id}",
    tags=["decisions"],
    route_class=DoorRoute,
    dependencies=[Depends(requires("permits:decide"))],
)


@router.post("/take-up")
async def take_up(
    application_id: ApplicationId,
    tx: PermitsTransaction,
    by: Doer,
    book: Book,
    expected: VersionRead,
    response: Response,
) -> ApplicationView:
    """Start on a case."""
    taken = await take_up_application(
        tx, application_id=application_id, by=by, book=book, expected=expected
    )
    return shown(taken, response)


@router.post("/pass-checks")
async def pass_initial_checks(
    application_id: ApplicationId,
    tx: PermitsTransaction,
    by: Doer,
    book: Book,
    expected: VersionRead,
    response: Response,
) -> ApplicationView:
    """Find the papers complete."""
    passed = await pass_checks(
        tx, application_id=application_id, by=by, book=book, expected=expected
    )
    return shown(passed, response)


@router.post("/ask")
async def ask(
    application_id: ApplicationId,
    body: Ask,
    tx: PermitsTransaction,
    by: Doer,
    book: Book,
    expected: VersionRead,
    response: Response,
) -> ApplicationView:
    """Ask the exporter; the clock stands still until the answer."""
    asked = await ask_exporter(
        tx,
        application_id=application_id,
        question=body.question,
        by=by,
        book=book,
        expected=expected,
    )
    return shown(asked, response)


@router.post("/decide")
async def decide(
    application_id: ApplicationId,
    body: Decide,
    tx: PermitsTransaction,
    by: Doer,
    book: Book,
    signer: Signer,
    expected: VersionRead,
    response: Response,
) -> ApplicationView:
    """Decide, or propose the decision to a second officer."""
    decided = await decide_application(
        tx,
        application_id=application_id,
        outcome=body.outcome,
        reason=body.reason,
        by=by,
        book=book,
        signer=signer,
        expected=expected,
    )
    return shown(decided, response)


@router.post("/countersign")
async def countersign(
    application_id: ApplicationId,
    body: Countersign,
    tx: PermitsTransaction,
    by: Doer,
    book: Book,
    signer: Signer,
    expected: VersionRead,
    response: Response,
) -> ApplicationView:
    """Agree with another officer's decision, or send the case back."""
    countersigned = await countersign_decision(
        tx,
        application_id=application_id,
        agree=body.agree,
        reason=body.reason,
        by=by,
        book=book,
        signer=signer,
        expected=expected,
    )
    return shown(countersigned, response)


@router.post("/hear-appeal")
async def hear(
    application_id: ApplicationId,
    body: HearAppeal,
    tx: PermitsTransaction,
    by: Doer,
    book: Book,
    expected: VersionRead,
    response: Response,
) -> ApplicationView:
    """Allow an appeal, and the case is looked at again, or dismiss it for good."""
    heard = await hear_appeal(
        tx,
        application_id=application_id,
        allow=body.allow,
        reason=body.reason,
        by=by,
        book=book,
        expected=expected,
    )
    return shown(heard, response)
