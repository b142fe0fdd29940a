"""Keep one step of an application: the new state, its trail, the day it is due, and the news."""

from services.permits.domain.actor import Actor, check_agency
from services.permits.domain.application import Application
from services.permits.domain.states import Deed
from services.permits.store.applications import ApplicationNotFound
from services.permits.store.tx import PermitsTx
from services.permits.usecases.permit_book import PermitBook
from shared.contracts.permits.events import ApplicationMoved
from shared.kernel.errors import Conflict


class ChangedMeanwhile(Conflict):
    """Somebody changed it after you read it."""

    code = "permits.changed-meanwhile"
    help = "Read it again and send the new ETag as If-Match."


def check_version(current: int, expected: int | None) -> None:
    """Raise ChangedMeanwhile unless the caller has read the version that is current."""
    if expected is not None and expected != current:
        raise ChangedMeanwhile(
            f"version {expected} was read, {current} is current", field="If-Match", current=current
        )


async def own_application(
    tx: PermitsTx, application_id: str, *, by: Actor, expected: int | None
) -> Application:
    """Return the applicant's own application as it was read, or raise."""
    found = await tx.applications.get(application_id)
    if found.applicant_id != by.member_id:
        raise ApplicationNotFound(f"no application {application_id}")
    check_version(found.version, expected)
    return found


async def case_of_officer(
    tx: PermitsTx, application_id: str, *, by: Actor, expected: int | None
) -> Application:
    """Return the application that an officer of the deciding agency has read, or raise."""
    found = await tx.applications.get(application_id)
    check_agency(await tx.agencies.of(by.member_id), [found.agency])
    check_version(found.version, expected)
    return found


async def keep_step(
    tx: PermitsTx,
    before: Application,
    after: Application,
    *,
    deed: Deed,
    by: Actor | None,
    book: PermitBook,
    reason: str | None = None,
) -> Application:
    """Keep the step and say where the application stands now."""
    await tx.applications.save(before, after, deed=deed, by=by, due_on=book.due_on(after))
    if after.state is not before.state:
        event = ApplicationMoved(
            application_id=after.id,
            applicant_id=after.applicant_id,
            permit_type=after.permit_type,
            state=after.state.value,
            reason=reason or None,
        )
        await tx.emit(event, key=after.id, sequence=after.version)
    return after
