"""Ask several agencies for advice at once, take what each advises, or go on without the rest."""

from collections.abc import Sequence

from services.permits.domain.actor import Actor, check_agency
from services.permits.domain.application import Application
from services.permits.domain.consultation import Opinion
from services.permits.domain.states import Deed
from services.permits.store.tx import PermitsTx
from services.permits.usecases.keep_step import case_of_officer, check_version, keep_step
from services.permits.usecases.permit_book import PermitBook


async def consult_agencies(
    tx: PermitsTx,
    *,
    application_id: str,
    agencies: Sequence[str],
    by: Actor,
    book: PermitBook,
    expected: int | None,
) -> Application:
    """Lay the case on the desks of other agencies of this country, or raise AgencyUnknown."""
    before = await case_of_officer(tx, application_id, by=by, expected=expected)
    for agency in agencies:
        book.check_agency(agency, on=book.day_of(tx.now), field="agencies")
    after = before.consulting(agencies, officer=by, at=tx.now)
    return await keep_step(tx, before, after, deed=Deed.CONSULT, by=by, book=book)


async def give_advice(
    tx: PermitsTx,
    *,
    application_id: str,
    agency: str,
    opinion: Opinion,
    reason: str,
    conditions: Sequence[str],
    by: Actor,
    book: PermitBook,
    expected: int | None,
) -> Application:
    """Advise in the name of an agency that was asked."""
    before = await tx.applications.get(application_id)
    check_agency(await tx.agencies.of(by.member_id), [agency])
    check_version(before.version, expected)
    after = before.advised(
        opinion,
        agency=agency,
        reason=reason,
        conditions=tuple(conditions),
        officer=by,
        at=tx.now,
    )
    return await keep_step(tx, before, after, deed=Deed.ADVISE, by=by, book=book)


async def end_consultation(
    tx: PermitsTx, *, application_id: str, by: Actor, book: PermitBook, expected: int | None
) -> Application:
    """Go on without the advice that has not come."""
    before = await case_of_officer(tx, application_id, by=by, expected=expected)
    after = before.consultation_ended(by)
    return await keep_step(tx, before, after, deed=Deed.END_CONSULTATION, by=by, book=book)
