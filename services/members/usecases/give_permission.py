"""Let an agent act for a member, or its data be used; and take either back."""

from datetime import datetime

from services.members.domain.permission import (
    Permission,
    PermissionKind,
    check_delegable,
    check_period,
)
from services.members.store.tx import MembersTx
from shared.contracts.members.events import (
    ConsentGiven,
    ConsentWithdrawn,
    DelegationGiven,
    DelegationWithdrawn,
)


async def give_delegation(
    tx: MembersTx,
    *,
    member_id: str,
    agent_id: str,
    scopes: tuple[str, ...],
    valid_until: datetime,
) -> Permission:
    """Return the delegation, or raise MemberNotFound, NotAnAgent, ScopeNotDelegable or period."""
    check_period(valid_until, now=tx.now)
    giver, agent = await tx.members.get(member_id), await tx.members.get(agent_id)
    check_delegable(giver, agent, scopes)
    given = await _give(
        tx, PermissionKind.DELEGATION, "dlg", member_id, agent_id, scopes, valid_until
    )
    event = DelegationGiven(
        delegation_id=given.id,
        member_id=member_id,
        agent_id=agent_id,
        scopes=scopes,
        valid_until=valid_until,
        given_at=given.given_at,
    )
    await tx.emit(event, key=given.id, sequence=1)
    return given


async def give_consent(
    tx: MembersTx, *, member_id: str, purpose: str, scopes: tuple[str, ...], valid_until: datetime
) -> Permission:
    """Return the consent, or raise PermissionPeriodWrong."""
    check_period(valid_until, now=tx.now)
    given = await _give(tx, PermissionKind.CONSENT, "cns", member_id, purpose, scopes, valid_until)
    event = ConsentGiven(
        consent_id=given.id,
        member_id=member_id,
        purpose=purpose,
        scope=scopes,
        valid_until=valid_until,
        given_at=given.given_at,
    )
    await tx.emit(event, key=given.id, sequence=1)
    return given


async def withdraw_permission(
    tx: MembersTx, *, permission_id: str, kind: PermissionKind, member_id: str
) -> Permission:
    """Return it withdrawn, or raise PermissionNotFound or PermissionOver."""
    held = await tx.permissions.hold(permission_id, kind=kind, giver=member_id)
    over = held.withdrawn(now=tx.now)
    await tx.permissions.save(over)
    if kind is PermissionKind.DELEGATION:
        await tx.emit(
            DelegationWithdrawn(
                delegation_id=over.id, member_id=member_id, agent_id=over.to, withdrawn_at=tx.now
            ),
            key=over.id,
            sequence=2,
        )
    else:
        await tx.emit(
            ConsentWithdrawn(
                consent_id=over.id, member_id=member_id, purpose=over.to, withdrawn_at=tx.now
            ),
            key=over.id,
            sequence=2,
        )
    return over


async def _give(
    tx: MembersTx,
    kind: PermissionKind,
    prefix: str,
    member_id: str,
    to: str,
    scopes: tuple[str, ...],
    valid_until: datetime,
) -> Permission:
    given = Permission(
        id=tx.ids.new(prefix),
        kind=kind,
        member_id=member_id,
        to=to,
        scopes=scopes,
        given_at=tx.now,
        valid_until=valid_until,
    )
    await tx.permissions.add(given)
    return given
