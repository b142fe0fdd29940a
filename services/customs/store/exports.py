"""How export declarations and the parcels of sealed units are kept."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customs.domain.export import ExportDeclaration, ExportState, SealedParcel
from services.customs.store.codec import from_json, to_json
from services.customs.store.tables import export_declaration, sealed_parcel
from shared.kernel.errors import NotFound


class ExportDeclarationNotFound(NotFound):
    """There is no such export declaration."""

    code = "customs.export-declaration-not-found"


class ExportDeclarations:
    """The export declarations of this hub, and what the units they cover hold."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, declaration_id: str) -> ExportDeclaration:
        """Return an export declaration, or raise ExportDeclarationNotFound."""
        query = select(export_declaration.c.body).where(export_declaration.c.id == declaration_id)
        body = (await self._connection.execute(query)).scalar_one_or_none()
        if body is None:
            raise ExportDeclarationNotFound(f"no export declaration {declaration_id}")
        return from_json(body, ExportDeclaration)

    async def of_unit(self, consolidation_id: str) -> ExportDeclaration | None:
        here = export_declaration.c.consolidation_id == consolidation_id
        query = select(export_declaration.c.body).where(here)
        body = (await self._connection.execute(query)).scalar_one_or_none()
        return None if body is None else from_json(body, ExportDeclaration)

    async def drafts_waiting_for(self, order_id: str) -> list[ExportDeclaration]:
        """Return the drafts whose unit holds a parcel of this order."""
        units = select(sealed_parcel.c.consolidation_id).where(sealed_parcel.c.order_id == order_id)
        rows = await self._connection.execute(
            select(export_declaration.c.body)
            .where(
                export_declaration.c.consolidation_id.in_(units),
                export_declaration.c.state == ExportState.DRAFT.value,
            )
            .order_by(export_declaration.c.id)
        )
        return [from_json(body, ExportDeclaration) for body in rows.scalars()]

    async def save(self, one: ExportDeclaration) -> None:
        values = {
            "consolidation_id": one.unit.consolidation_id,
            "state": one.state.value,
            "version": one.version,
            "body": to_json(one),
        }
        here = export_declaration.c.id == one.id
        changed = await self._connection.execute(
            update(export_declaration).where(here).values(values)
        )
        if changed.rowcount == 0:
            await self._connection.execute(insert(export_declaration), {"id": one.id, **values})

    async def load_unit(self, consolidation_id: str, parcels: Sequence[SealedParcel]) -> None:
        """Keep what a unit holds now, in place of what it held before."""
        here = sealed_parcel.c.consolidation_id == consolidation_id
        await self._connection.execute(delete(sealed_parcel).where(here))
        rows = [
            {
                "consolidation_id": consolidation_id,
                "parcel_id": parcel.parcel_id,
                "position": position,
                "order_id": parcel.order_id,
                "body": to_json(parcel),
            }
            for position, parcel in enumerate(parcels)
        ]
        await self._connection.execute(insert(sealed_parcel), rows)

    async def unit_parcels(self, consolidation_id: str) -> list[SealedParcel]:
        """Return what a unit holds, in the order it was sealed."""
        rows = await self._connection.execute(
            select(sealed_parcel.c.body)
            .where(sealed_parcel.c.consolidation_id == consolidation_id)
            .order_by(sealed_parcel.c.position)
        )
        return [from_json(body, SealedParcel) for body in rows.scalars()]

    async def page(
        self, *, after: str, limit: int, state: ExportState | None = None
    ) -> list[ExportDeclaration]:
        query = select(export_declaration.c.body).where(export_declaration.c.id > after)
        if state is not None:
            query = query.where(export_declaration.c.state == state.value)
        rows = await self._connection.execute(query.order_by(export_declaration.c.id).limit(limit))
        return [from_json(body, ExportDeclaration) for body in rows.scalars()]
