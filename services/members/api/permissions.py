"""Delegations and consents over HTTP: a member gives and withdraws its own."""

from fastapi import APIRouter, Depends, Response

from services.members.api.deps import MembersReading, MembersTransaction, PermissionId
from services.members.domain.permission import Permission, PermissionKind
from services.members.usecases.give_permission import (
    give_consent,
    give_delegation,
    withdraw_permission,
)
from shared.contracts.members.api import (
    ConsentView,
    DelegationView,
    GiveConsent,
    GiveDelegation,
)
from shared.web.auth import Caller, Principal, requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

router = APIRouter(prefix="/v1", tags=["permissions"], route_class=DoorRoute)
READS = [Depends(requires("members:read"))]


@router.post("/delegations", status_code=201, dependencies=READS)
async def delegate(
    body: GiveDelegation, tx: MembersTransaction, caller: Caller, response: Response
) -> DelegationView:
    """Let an agent act for the caller in these matters, for at most a year."""
    given = await give_delegation(
        tx,
        member_id=caller.member_id,
        agent_id=body.agent_id,
        scopes=body.scopes,
        valid_until=body.valid_until,
    )
    response.headers["Location"] = f"/v1/delegations/{given.id}"
    return _delegation(given)


@router.get("/delegations", dependencies=READS)
async def delegations(
    tx: MembersReading, caller: Caller, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None
) -> Page[DelegationView]:
    """List the delegations that the caller gave or was given."""
    found = await tx.permissions.page(
        kind=PermissionKind.DELEGATION, party=_party(caller), after=after(cursor), limit=limit
    )
    return Page(
        items=[_delegation(one) for one in found],
        next_cursor=cursor_for([one.id for one in found], limit=limit),
    )


@router.post("/delegations/{permission_id}/withdraw", dependencies=READS)
async def withdraw_delegation(
    permission_id: PermissionId, tx: MembersTransaction, caller: Caller
) -> DelegationView:
    """Take a delegation back, at once and for good."""
    return _delegation(
        await withdraw_permission(
            tx,
            permission_id=permission_id,
            kind=PermissionKind.DELEGATION,
            member_id=caller.member_id,
        )
    )


@router.post("/consents", status_code=201, dependencies=READS)
async def consent(
    body: GiveConsent, tx: MembersTransaction, caller: Caller, response: Response
) -> ConsentView:
    """Allow the caller's data to be used for one purpose, for at most a year."""
    given = await give_consent(
        tx,
        member_id=caller.member_id,
        purpose=body.purpose,
        scopes=body.scope,
        valid_until=body.valid_until,
    )
    response.headers["Location"] = f"/v1/consents/{given.id}"
    return _consent(given)


@router.get("/consents", dependencies=READS)
async def consents(
    tx: MembersReading, caller: Caller, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None
) -> Page[ConsentView]:
    """List the caller's consents."""
    found = await tx.permissions.page(
        kind=PermissionKind.CONSENT, party=_party(caller), after=after(cursor), limit=limit
    )
    return Page(
        items=[_consent(one) for one in found],
        next_cursor=cursor_for([one.id for one in found], limit=limit),
    )


@router.post("/consents/{permission_id}/withdraw", dependencies=READS)
async def withdraw_consent(
    permission_id: PermissionId, tx: MembersTransaction, caller: Caller
) -> ConsentView:
    """Take a consent back, at once and for good."""
    return _consent(
        await withdraw_permission(
            tx, permission_id=permission_id, kind=PermissionKind.CONSENT, member_id=caller.member_id
        )
    )


def _party(caller: Principal) -> str | None:
    return None if caller.may("hub:operate") else caller.member_id


def _delegation(one: Permission) -> DelegationView:
    return DelegationView(
        id=one.id,
        member_id=one.member_id,
        agent_id=one.to,
        scopes=one.scopes,
        given_at=one.given_at,
        valid_until=one.valid_until,
        withdrawn_at=one.withdrawn_at,
    )


def _consent(one: Permission) -> ConsentView:
    return ConsentView(
        id=one.id,
        member_id=one.member_id,
        purpose=one.to,
        scope=one.scopes,
        given_at=one.given_at,
        valid_until=one.valid_until,
        withdrawn_at=one.withdrawn_at,
    )
