"""How manifests and what was declared of their units are kept, side by side."""

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customs.domain.manifest import ManifestCheck, ManifestState
from services.customs.store.codec import from_json, to_json
from services.customs.store.tables import manifest_check
from shared.kernel.errors import NotFound


class ManifestNotFound(NotFound):
    """Nothing is known of a unit with this id."""

    code = "customs.manifest-not-found"


class Manifests:
    """The manifests that this hub's customs compares."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, consolidation_id: str) -> ManifestCheck | None:
        here = manifest_check.c.consolidation_id == consolidation_id
        query = select(manifest_check.c.body).where(here)
        body = (await self._connection.execute(query)).scalar_one_or_none()
        return None if body is None else from_json(body, ManifestCheck)

    async def get(self, consolidation_id: str) -> ManifestCheck:
        """Return a unit's manifest and declaration, or raise ManifestNotFound."""
        found = await self.find(consolidation_id)
        if found is None:
            raise ManifestNotFound(f"no manifest of {consolidation_id}")
        return found

    async def save(self, one: ManifestCheck) -> None:
        values = {"state": one.state.value, "body": to_json(one)}
        here = manifest_check.c.consolidation_id == one.consolidation_id
        changed = await self._connection.execute(update(manifest_check).where(here).values(values))
        if changed.rowcount == 0:
            await self._connection.execute(
                insert(manifest_check), {"consolidation_id": one.consolidation_id, **values}
            )

    async def page(
        self, *, after: str, limit: int, state: ManifestState | None = None
    ) -> list[ManifestCheck]:
        query = select(manifest_check.c.body).where(manifest_check.c.consolidation_id > after)
        if state is not None:
            query = query.where(manifest_check.c.state == state.value)
        rows = await self._connection.execute(
            query.order_by(manifest_check.c.consolidation_id).limit(limit)
        )
        return [from_json(body, ManifestCheck) for body in rows.scalars()]
