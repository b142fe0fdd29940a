"""How webhook endpoints are kept."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.orders.domain.endpoint import DisabledFor, Endpoint
from services.orders.store.tables import webhook_delivery, webhook_endpoint
from services.orders.store.vault import Vault
from shared.kernel.errors import NotFound

_e = webhook_endpoint.c
SECRETS = ("secret", "signing_key", "old_secret")
"""Columns that hold what only their receiver may know; sealed in the database."""


class EndpointNotFound(NotFound):
    """There is no such webhook endpoint, or it is not yours to see."""

    code = "orders.endpoint-not-found"


class Endpoints:
    """Where marketplaces want to be told.

    Whoever changes an endpoint or its deliveries holds the endpoint first; claiming alone does not.
    """

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def get(self, endpoint_id: str, *, member_id: str) -> Endpoint:
        """Return an endpoint of a member, or raise EndpointNotFound."""
        return _owned(await self.of([endpoint_id]), endpoint_id, member_id)

    async def hold(self, endpoint_id: str, *, member_id: str) -> Endpoint:
        """Return an endpoint of a member, held for changing it, or raise EndpointNotFound."""
        return _owned(await self.held([endpoint_id]), endpoint_id, member_id)

    async def of(self, endpoint_ids: Collection[str]) -> dict[str, Endpoint]:
        """Return those of these endpoints that are still there, by id."""
        rows = await self._connection.execute(
            select(webhook_endpoint).where(_e.id.in_(endpoint_ids))
        )
        return {row.id: self._endpoint(row) for row in rows}

    async def held(self, endpoint_ids: Collection[str]) -> dict[str, Endpoint]:
        """Return them as `of` does, held for changing them, in the order of their ids."""
        rows = await self._connection.execute(
            select(webhook_endpoint)
            .where(_e.id.in_(endpoint_ids))
            .order_by(_e.id)
            .with_for_update()
        )
        return {row.id: self._endpoint(row) for row in rows}

    async def listening(self, member_ids: Collection[str]) -> list[Endpoint]:
        """Return the enabled endpoints of these members."""
        rows = await self._connection.execute(
            select(webhook_endpoint)
            .where(_e.member_id.in_(member_ids), _e.disabled_at.is_(None))
            .order_by(_e.id)
        )
        return [self._endpoint(row) for row in rows]

    async def page(self, *, member_id: str, after: str, limit: int) -> list[Endpoint]:
        rows = await self._connection.execute(
            select(webhook_endpoint)
            .where(_e.member_id == member_id, _e.id > after)
            .order_by(_e.id)
            .limit(limit)
        )
        return [self._endpoint(row) for row in rows]

    async def count(self, *, member_id: str) -> int:
        query = select(func.count()).select_from(webhook_endpoint).where(_e.member_id == member_id)
        return int(await self._connection.scalar(query) or 0)

    async def add(self, new: Endpoint) -> None:
        await self._connection.execute(insert(webhook_endpoint), self._values(new))

    async def save(self, changed: Endpoint) -> None:
        await self._connection.execute(
            update(webhook_endpoint).where(_e.id == changed.id).values(self._values(changed))
        )

    async def remove(self, endpoint_id: str) -> None:
        """Forget an endpoint and the log of what was delivered to it."""
        await self._connection.execute(
            delete(webhook_delivery).where(webhook_delivery.c.endpoint_id == endpoint_id)
        )
        await self._connection.execute(delete(webhook_endpoint).where(_e.id == endpoint_id))

    async def hold_stale(self, *, limit: int) -> list[Endpoint]:
        """Return endpoints whose secrets are not sealed with the newest key, held for sealing."""
        rows = await self._connection.execute(
            select(_e.id, *(_e[name] for name in SECRETS)).order_by(_e.id)
        )
        stale = [
            row.id
            for row in rows
            if not all(self._vault.is_current(getattr(row, name)) for name in SECRETS)
        ]
        return list((await self.held(stale[:limit])).values())

    def _values(self, endpoint: Endpoint) -> dict[str, Any]:
        return {
            "id": endpoint.id,
            "member_id": endpoint.member_id,
            "url": endpoint.url,
            **{
                name: self._vault.seal(getattr(endpoint, name), place=f"{endpoint.id}/{name}")
                for name in SECRETS
            },
            "old_secret_until": endpoint.old_secret_until,
            "created_at": endpoint.created_at,
            "failing_since": endpoint.failing_since,
            "disabled_at": endpoint.disabled_at,
            "disabled_for": None if endpoint.disabled_for is None else endpoint.disabled_for.value,
        }

    def _endpoint(self, row: Row[*tuple[object, ...]]) -> Endpoint:
        return Endpoint(
            id=row.id,
            member_id=row.member_id,
            url=row.url,
            **{
                name: self._vault.open(getattr(row, name), place=f"{row.id}/{name}")
                for name in SECRETS
            },
            old_secret_until=row.old_secret_until,
            created_at=row.created_at,
            failing_since=row.failing_since,
            disabled_at=row.disabled_at,
            disabled_for=None if row.disabled_for is None else DisabledFor(row.disabled_for),
        )


def _owned(found: Mapping[str, Endpoint], endpoint_id: str, member_id: str) -> Endpoint:
    if endpoint_id not in found or found[endpoint_id].member_id != member_id:
        raise EndpointNotFound(f"no webhook endpoint {endpoint_id}")
    return found[endpoint_id]
