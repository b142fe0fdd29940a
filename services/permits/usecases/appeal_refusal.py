"""Ask for a refusal to be looked at again, and hear that appeal."""

from services.permits.domain.actor import Actor
from services.permits.domain.application import Application
from services.permits.domain.states import Deed
from services.permits.store.tx import PermitsTx
from services.permits.usecases.keep_step import case_of_officer, keep_step, own_application
from services.permits.usecases.permit_book import PermitBook


async def appeal_refusal(
    tx: PermitsTx, *, application_id: str, reason: str, by: Actor, book: PermitBook
) -> Application:
    before = await own_application(tx, application_id, by=by, expected=None)
    wanted = book.permit_type(before.permit_type, on=book.day_of(before.created_at))
    after = before.appealed(reason, at=tx.now, within_days=wanted.appeal_within_days)
    return await keep_step(tx, before, after, deed=Deed.APPEAL, by=by, book=book, reason=reason)


async def hear_appeal(
    tx: PermitsTx,
    *,
    application_id: str,
    allow: bool,
    reason: str,
    by: Actor,
    book: PermitBook,
    expected: int | None,
) -> Application:
    before = await case_of_officer(tx, application_id, by=by, expected=expected)
    after = before.appeal_heard(allow=allow, reason=reason, officer=by, at=tx.now)
    return await keep_step(
        tx, before, after, deed=Deed.HEAR_APPEAL, by=by, book=book, reason=reason
    )
