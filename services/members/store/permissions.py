"""How delegations and consents are kept; whoever is not a party does not find them."""

from typing import Any

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.members.domain.permission import Permission, PermissionKind
from services.members.store.tables import permission
from shared.kernel.errors import NotFound

_p = permission.c


class PermissionNotFound(NotFound):
    """There is no such delegation or consent, or it is not yours to see."""

    code = "members.permission-not-found"


class Permissions:
    """What members of this hub let others do."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def hold(self, permission_id: str, *, kind: PermissionKind, giver: str) -> Permission:
        """Return a permission of the one who gave it, held for changing it, or raise."""
        row = (
            await self._connection.execute(
                select(permission)
                .where(_p.id == permission_id, _p.kind == kind.value, _p.member_id == giver)
                .with_for_update()
            )
        ).one_or_none()
        if row is None:
            raise PermissionNotFound(f"no {kind} {permission_id}")
        return _permission(row)

    async def add(self, new: Permission) -> None:
        await self._connection.execute(insert(permission), _values(new))

    async def save(self, changed: Permission) -> None:
        await self._connection.execute(
            update(permission).where(_p.id == changed.id).values(_values(changed))
        )

    async def page(
        self, *, kind: PermissionKind, party: str | None, after: str, limit: int
    ) -> list[Permission]:
        """Return what a party gave or was given, by id; None sees all."""
        query = select(permission).where(_p.kind == kind.value, _p.id > after)
        if party is not None:
            query = query.where(or_(_p.member_id == party, _p.to == party))
        rows = await self._connection.execute(query.order_by(_p.id).limit(limit))
        return [_permission(row) for row in rows]


def _values(new: Permission) -> dict[str, Any]:
    return {
        "id": new.id,
        "kind": new.kind.value,
        "member_id": new.member_id,
        "to": new.to,
        "scopes": list(new.scopes),
        "given_at": new.given_at,
        "valid_until": new.valid_until,
        "withdrawn_at": new.withdrawn_at,
    }


def _permission(row: Row[*tuple[object, ...]]) -> Permission:
    return Permission(
        id=row.id,
        kind=PermissionKind(row.kind),
        member_id=row.member_id,
        to=row.to,
        scopes=tuple(row.scopes),
        given_at=row.given_at,
        valid_until=row.valid_until,
        withdrawn_at=row.withdrawn_at,
    )
