"""Suspend, reinstate, revoke or give up a licence, and say which state it came into."""

from services.permits.domain.actor import Actor, check_agency
from services.permits.domain.licence import Licence
from services.permits.domain.states import LicenceDeed, LicenceState
from services.permits.store.licences import LicenceNotFound
from services.permits.store.tx import PermitsTx
from services.permits.usecases.keep_step import check_version
from shared.contracts.event import Event
from shared.contracts.permits.events import PermitExhausted, PermitReinstated, PermitStopped
from shared.kernel.errors import Forbidden

_S = LicenceState


class OwnLicence(Forbidden):
    """An officer decides nothing about a licence of its own."""

    code = "permits.own-licence"


async def suspend_licence(
    tx: PermitsTx, *, licence_id: str, reason: str, by: Actor, expected: int | None
) -> Licence:
    before = await _for_officer(tx, licence_id, by=by, expected=expected)
    after = before.suspended(reason=reason, at=tx.now)
    return await keep_licence(tx, before, after, deed=LicenceDeed.SUSPEND, by=by)


async def reinstate_licence(
    tx: PermitsTx, *, licence_id: str, reason: str, by: Actor, expected: int | None
) -> Licence:
    before = await _for_officer(tx, licence_id, by=by, expected=expected)
    after = before.reinstated(reason=reason, at=tx.now)
    return await keep_licence(tx, before, after, deed=LicenceDeed.REINSTATE, by=by)


async def revoke_licence(
    tx: PermitsTx, *, licence_id: str, reason: str, by: Actor, expected: int | None
) -> Licence:
    before = await _for_officer(tx, licence_id, by=by, expected=expected)
    after = before.revoked(reason=reason, at=tx.now)
    return await keep_licence(tx, before, after, deed=LicenceDeed.REVOKE, by=by)


async def surrender_licence(tx: PermitsTx, *, licence_id: str, reason: str, by: Actor) -> Licence:
    """The holder gives its licence back."""
    before = await tx.licences.get(licence_id)
    if before.holder_id != by.member_id:
        raise LicenceNotFound(f"no licence {licence_id}")
    after = before.surrendered(reason=reason, at=tx.now)
    return await keep_licence(tx, before, after, deed=LicenceDeed.SURRENDER, by=by)


async def keep_licence(
    tx: PermitsTx,
    before: Licence,
    after: Licence,
    *,
    deed: LicenceDeed,
    by: Actor | None,
    cause: str | None = None,
) -> Licence:
    """Keep a changed licence with its trail, and say every state it came into.

    `cause` is the declaration that used it, or the licence that replaces it.
    """
    await tx.licences.save(before, after, deed=deed, by=by, cause=cause)
    for entry in after.history[len(before.history) :]:
        event = _news(after.id, entry.state, entry.reason)
        await tx.emit(event, key=after.id, sequence=after.version)
    return after


async def _for_officer(
    tx: PermitsTx, licence_id: str, *, by: Actor, expected: int | None
) -> Licence:
    found = await tx.licences.get(licence_id)
    check_agency(await tx.agencies.of(by.member_id), [found.agency])
    check_version(found.version, expected)
    if found.holder_id == by.member_id:
        raise OwnLicence("an officer decides nothing about a licence of its own")
    return found


def _news(permit_id: str, state: LicenceState, reason: str) -> Event:
    if state is _S.EXHAUSTED:
        return PermitExhausted(permit_id=permit_id)
    if state in {_S.REINSTATED, _S.ISSUED}:
        return PermitReinstated(permit_id=permit_id, reason=reason)
    return PermitStopped.model_validate(
        {"permit_id": permit_id, "state": state.value, "reason": reason}
    )
