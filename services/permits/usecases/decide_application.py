"""Decide an application, and where four eyes are asked for, let a second officer countersign."""

from services.permits.domain.actor import Actor
from services.permits.domain.application import Application, Outcome
from services.permits.domain.signing import DocumentKey
from services.permits.domain.states import ApplicationState, Deed
from services.permits.store.tx import PermitsTx
from services.permits.usecases.issue_licence import issue_licence
from services.permits.usecases.keep_step import case_of_officer, keep_step
from services.permits.usecases.permit_book import PermitBook


async def decide_application(
    tx: PermitsTx,
    *,
    application_id: str,
    outcome: Outcome,
    reason: str,
    by: Actor,
    book: PermitBook,
    signer: DocumentKey | None,
    expected: int | None,
) -> Application:
    """Decide, or propose to a second officer; a licence comes with the final word."""
    before = await case_of_officer(tx, application_id, by=by, expected=expected)
    wanted = book.permit_type(before.permit_type, on=book.day_of(before.created_at))
    after = before.decided(
        outcome, reason=reason, officer=by, at=tx.now, four_eyes=wanted.needs_countersign
    )
    return await _finish(tx, before, after, deed=Deed.DECIDE, by=by, book=book, signer=signer)


async def countersign_decision(
    tx: PermitsTx,
    *,
    application_id: str,
    agree: bool,
    reason: str,
    by: Actor,
    book: PermitBook,
    signer: DocumentKey | None,
    expected: int | None,
) -> Application:
    """Agree with the first officer, or send the case back to be looked at again."""
    before = await case_of_officer(tx, application_id, by=by, expected=expected)
    after = before.countersigned(agree=agree, reason=reason, officer=by, at=tx.now)
    return await _finish(tx, before, after, deed=Deed.COUNTERSIGN, by=by, book=book, signer=signer)


async def _finish(
    tx: PermitsTx,
    before: Application,
    after: Application,
    *,
    deed: Deed,
    by: Actor,
    book: PermitBook,
    signer: DocumentKey | None,
) -> Application:
    reason = after.decision.reason if after.decision else None
    if after.state is ApplicationState.ISSUED:
        after = await issue_licence(tx, after, by=by, book=book, signer=signer)
    return await keep_step(tx, before, after, deed=deed, by=by, book=book, reason=reason)
