"""Turn an approved application into a licence, and retire the one it supersedes."""

from dataclasses import replace
from datetime import timedelta

from services.permits.domain.actor import Actor
from services.permits.domain.application import Application
from services.permits.domain.document import sign_permit
from services.permits.domain.licence import Licence, StateSince, licence_lines
from services.permits.domain.permit_type import PermitType
from services.permits.domain.signing import DocumentKey
from services.permits.domain.states import ENDED, ApplicationState, Deed, LicenceDeed, LicenceState
from services.permits.store.tx import PermitsTx
from services.permits.usecases.change_licence import keep_licence
from services.permits.usecases.keep_step import keep_step
from services.permits.usecases.permit_book import PermitBook
from shared.contracts.permits.events import LicenceLine, PermitIssued

REPLACED = "replaced by "


async def issue_licence(
    tx: PermitsTx,
    application: Application,
    *,
    by: Actor,
    book: PermitBook,
    signer: DocumentKey | None,
) -> Application:
    """Issue the licence, signed where the hub has a key, and return the application naming it."""
    wanted = book.permit_type(application.permit_type, on=book.day_of(application.created_at))
    licence = await _new_licence(tx, application, wanted, year=book.day_of(tx.now).year)
    if signer is not None:
        licence = replace(licence, document=sign_permit(signer, licence, hub=tx.hub))
    await tx.licences.add(licence, by=by)
    await tx.emit(_issued(licence), key=licence.id, sequence=licence.version)
    if application.supersedes is not None:
        await _retire(tx, application.supersedes, by=by, book=book, replaced_by=licence)
    return replace(application, licence_id=licence.id)


async def _new_licence(
    tx: PermitsTx, application: Application, wanted: PermitType, *, year: int
) -> Licence:
    series = f"{wanted.agency}-{year}"
    number = await tx.licences.next_number(series)
    wish = application.wish
    assert application.decision is not None, "a licence comes with a decision"
    return Licence(
        id=tx.ids.new("lic"),
        permit_no=f"{series}-{number:06}",
        permit_type=wanted.key,
        document_code=wanted.document_code,
        agency=wanted.agency,
        application_id=application.id,
        holder_id=application.applicant_id,
        country=application.country,
        destination=wish.destination,
        lines=licence_lines(tuple((line.hs_code, line.quantity, line.unit) for line in wish.lines)),
        issued_at=tx.now,
        valid_until=tx.now + timedelta(days=wanted.valid_days),
        history=(StateSince(state=LicenceState.ISSUED, since=tx.now),),
        conditions=application.decision.conditions,
    )


async def _retire(
    tx: PermitsTx, application_id: str, *, by: Actor, book: PermitBook, replaced_by: Licence
) -> None:
    """Supersede the earlier issued application; what was left on its licence lapses."""
    before = await tx.applications.get(application_id)
    if before.state is not ApplicationState.ISSUED or before.licence_id is None:
        return
    after = before.superseded(at=tx.now)
    await keep_step(tx, before, after, deed=Deed.SUPERSEDE, by=by, book=book)
    licence = await tx.licences.get(before.licence_id)
    if licence.state not in ENDED:
        given_up = licence.surrendered(reason=REPLACED + replaced_by.permit_no, at=tx.now)
        await keep_licence(
            tx, licence, given_up, deed=LicenceDeed.SUPERSEDE, by=by, cause=replaced_by.id
        )


def _issued(licence: Licence) -> PermitIssued:
    return PermitIssued(
        permit_id=licence.id,
        permit_no=licence.permit_no,
        document_code=licence.document_code,
        agency=licence.agency,
        holder_id=licence.holder_id,
        destination=licence.destination,
        lines=tuple(
            LicenceLine(
                line_no=line.line_no,
                hs_code=line.hs_code,
                quantity=line.quantity,
                unit=line.unit,
            )
            for line in licence.lines
        ),
        valid_until=licence.valid_until,
        permit_type=licence.permit_type,
        document=licence.document or None,
        conditions=licence.conditions,
    )
