"""Who decides for which agency, and which of its officers works on a case."""

from services.permits.domain.actor import Actor, check_agency
from services.permits.domain.application import Application
from services.permits.domain.states import Deed
from services.permits.store.agencies import Officer
from services.permits.store.tx import PermitsTx
from services.permits.usecases.keep_step import check_version, keep_step
from services.permits.usecases.permit_book import PermitBook
from shared.kernel.errors import Rejected


class OfficerForeign(Rejected):
    """A case is worked on by an officer of the agency on whose desk it lies."""

    code = "permits.officer-foreign"


async def give_agency(
    tx: PermitsTx, *, agency: str, member_id: str, by: Actor, book: PermitBook
) -> None:
    """Make a member an officer of an agency of this country; once is enough."""
    book.check_agency(agency, on=book.day_of(tx.now), field="agency")
    if agency not in await tx.agencies.of(member_id):
        officer = Officer(member_id=member_id, given_at=tx.now, given_by=by.member_id)
        await tx.agencies.give(agency, officer)


async def take_agency(tx: PermitsTx, *, agency: str, member_id: str) -> None:
    """Let a member decide for an agency no more; what it did stays as it is."""
    await tx.agencies.take(agency, member_id)


async def assign_application(
    tx: PermitsTx,
    *,
    application_id: str,
    agency: str,
    officer_id: str | None,
    by: Actor,
    book: PermitBook,
    expected: int | None,
) -> Application:
    """Give a case on an agency's desk to one of its officers, or to nobody."""
    before = await tx.applications.get(application_id)
    check_agency(await tx.agencies.of(by.member_id), [agency])
    check_version(before.version, expected)
    if officer_id is not None and agency not in await tx.agencies.of(officer_id):
        raise OfficerForeign(f"{officer_id} is no officer of {agency}", field="officer_id")
    after = before.assigned_to(officer_id, agency=agency, officer=by)
    return await keep_step(tx, before, after, deed=Deed.ASSIGN, by=by, book=book)
