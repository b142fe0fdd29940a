"""Hand an application in, or answer what was asked: either way what it states is checked at once.

What is missing or not listed goes straight back to the exporter, before any officer spends time.
"""

from collections.abc import Mapping

from services.permits.domain.actor import Actor
from services.permits.domain.application import Application
from services.permits.domain.permit_type import missing_facts
from services.permits.domain.states import ApplicationState, Deed
from services.permits.store.tx import PermitsTx
from services.permits.usecases.keep_step import keep_step, own_application
from services.permits.usecases.permit_book import PermitBook

QUESTION = "please state or correct: "


async def submit_application(
    tx: PermitsTx, *, application_id: str, by: Actor, book: PermitBook, expected: int | None
) -> Application:
    """Submit a draft; it comes back awaiting the exporter when a check finds something."""
    before = await own_application(tx, application_id, by=by, expected=expected)
    after = before.submitted(at=tx.now)
    await keep_step(tx, before, after, deed=Deed.SUBMIT, by=by, book=book)
    return await _checked(tx, after, book=book)


async def answer_question(
    tx: PermitsTx,
    *,
    application_id: str,
    answer: str,
    facts: Mapping[str, str],
    by: Actor,
    book: PermitBook,
) -> Application:
    """Take the exporter's answer and check what is stated now."""
    before = await own_application(tx, application_id, by=by, expected=None)
    after = before.answered(answer, facts, at=tx.now)
    await keep_step(tx, before, after, deed=Deed.ANSWER, by=by, book=book)
    if after.state is not ApplicationState.SUBMITTED:
        return after
    return await _checked(tx, after, book=book)


async def _checked(tx: PermitsTx, application: Application, *, book: PermitBook) -> Application:
    on = book.day_of(tx.now)
    wanted = book.permit_type(application.permit_type, on=on)
    findings = missing_facts(wanted, application.wish.facts, book.registers(on=on))
    if not findings:
        return application
    text = QUESTION + ", ".join(finding.field for finding in findings)
    asked = application.asked(text, at=tx.now, findings=findings)
    return await keep_step(tx, application, asked, deed=Deed.ASK, by=None, book=book, reason=text)
