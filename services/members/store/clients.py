"""How API clients are kept: never a secret, only its hash."""

from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.members.domain.client import ApiClient
from services.members.store.tables import client
from shared.kernel.errors import NotFound

REVOKED_SHOWN_MAX = 10_000


class ClientNotFound(NotFound):
    """There is no such API client, or it is not yours to see."""

    code = "members.client-not-found"


class Clients:
    """The API clients of this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, client_id: str) -> ApiClient | None:
        row = (
            await self._connection.execute(
                select(client).where(client.c.id == client_id).with_for_update()
            )
        ).one_or_none()
        return None if row is None else _client(row)

    async def get(self, client_id: str) -> ApiClient:
        """Return a client, or raise ClientNotFound."""
        found = await self.find(client_id)
        if found is None:
            raise ClientNotFound(f"no client {client_id}")
        return found

    async def add(self, new: ApiClient) -> None:
        await self._connection.execute(insert(client), _values(new))

    async def save(self, changed: ApiClient) -> None:
        await self._connection.execute(
            update(client).where(client.c.id == changed.id).values(_values(changed))
        )

    async def revoked_ids(self) -> list[str]:
        """Return the clients whose tokens must be refused, newest first."""
        rows = await self._connection.execute(
            select(client.c.id)
            .where(client.c.revoked_at.is_not(None))
            .order_by(client.c.revoked_at.desc())
            .limit(REVOKED_SHOWN_MAX)
        )
        return [row.id for row in rows]


def _values(new: ApiClient) -> dict[str, Any]:
    return {
        "id": new.id,
        "member_id": new.member_id,
        "name": new.name,
        "scopes": sorted(new.scopes),
        "secret_hash": new.secret_hash,
        "old_secret_hash": new.old_secret_hash,
        "old_secret_until": new.old_secret_until,
        "revoked_at": new.revoked_at,
        "public_keys": list(new.public_keys),
    }


def _client(row: Row[*tuple[object, ...]]) -> ApiClient:
    return ApiClient(
        id=row.id,
        member_id=row.member_id,
        name=row.name,
        scopes=frozenset(row.scopes),
        secret_hash=row.secret_hash,
        old_secret_hash=row.old_secret_hash,
        old_secret_until=row.old_secret_until,
        revoked_at=row.revoked_at,
        public_keys=tuple(row.public_keys or ()),
    )
