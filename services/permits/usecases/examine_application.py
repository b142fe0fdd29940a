"""What an officer does before deciding: take the case up, pass its papers, ask the exporter."""

from services.permits.domain.actor import Actor, check_agency
from services.permits.domain.application import Application
from services.permits.domain.states import Deed
from services.permits.store.tx import PermitsTx
from services.permits.usecases.keep_step import case_of_officer, check_version, keep_step
from services.permits.usecases.permit_book import PermitBook


async def take_up_application(
    tx: PermitsTx, *, application_id: str, by: Actor, book: PermitBook, expected: int | None
) -> Application:
    before = await case_of_officer(tx, application_id, by=by, expected=expected)
    return await keep_step(tx, before, before.taken_up(by), deed=Deed.TAKE_UP, by=by, book=book)


async def pass_checks(
    tx: PermitsTx, *, application_id: str, by: Actor, book: PermitBook, expected: int | None
) -> Application:
    before = await case_of_officer(tx, application_id, by=by, expected=expected)
    return await keep_step(
        tx, before, before.passed_checks(by), deed=Deed.PASS_CHECKS, by=by, book=book
    )


async def ask_exporter(
    tx: PermitsTx,
    *,
    application_id: str,
    question: str,
    by: Actor,
    book: PermitBook,
    expected: int | None,
) -> Application:
    before = await tx.applications.get(application_id)
    # Whoever advises may ask too: the exporter sees one office, not several.
    check_agency(await tx.agencies.of(by.member_id), [before.agency, *before.desks])
    check_version(before.version, expected)
    after = before.asked(question, at=tx.now, officer=by)
    return await keep_step(tx, before, after, deed=Deed.ASK, by=by, book=book, reason=question)
