"""How the tree of numbered units is kept: a row per unit, a parcel in one box at most."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.logistics.domain.handling_unit import HandlingUnit, UnitKind
from services.logistics.store.tables import handling_unit


class HandlingUnits:
    """Numbered units of consolidations of this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_consolidation(self, consolidation_id: str) -> list[HandlingUnit]:
        rows = await self._connection.execute(
            select(handling_unit)
            .where(handling_unit.c.consolidation_id == consolidation_id)
            .order_by(handling_unit.c.sscc)
        )
        return [
            HandlingUnit(
                sscc=row.sscc,
                consolidation_id=row.consolidation_id,
                kind=UnitKind[row.kind.upper()],
                parent=row.parent,
                parcel_id=row.parcel_id,
            )
            for row in rows
        ]

    async def add_all(self, units: Sequence[HandlingUnit]) -> None:
        if units:
            await self._connection.execute(
                insert(handling_unit),
                [
                    {
                        "sscc": unit.sscc,
                        "consolidation_id": unit.consolidation_id,
                        "kind": unit.kind.name.lower(),
                        "parent": unit.parent,
                        "parcel_id": unit.parcel_id,
                    }
                    for unit in units
                ],
            )

    async def unbox(self, parcel_ids: Sequence[str]) -> None:
        """Forget the boxes of parcels that left their consolidation."""
        if parcel_ids:
            await self._connection.execute(
                delete(handling_unit).where(handling_unit.c.parcel_id.in_(parcel_ids))
            )
