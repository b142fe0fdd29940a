"""How load plans are kept: the newest of each consolidation, with the version it was made for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.logistics.store.tables import load_plan
from shared.kernel.errors import NotFound


class LoadPlanNotFound(NotFound):
    """Nobody planned the load of this consolidation yet."""

    code = "logistics.load-plan-not-found"


@dataclass(frozen=True, kw_only=True)
class KeptPlan:
    """A checked plan as callers read it, and what it was made for."""

    consolidation_id: str
    of_version: int
    planned_at: datetime
    plan: dict[str, Any]


class LoadPlans:
    """Load plans of consolidations of this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, consolidation_id: str) -> KeptPlan:
        """Return the newest plan, or raise LoadPlanNotFound."""
        row = (
            await self._connection.execute(
                select(load_plan).where(load_plan.c.consolidation_id == consolidation_id)
            )
        ).one_or_none()
        if row is None:
            raise LoadPlanNotFound(f"no load plan for {consolidation_id}")
        return KeptPlan(
            consolidation_id=row.consolidation_id,
            of_version=row.of_version,
            planned_at=row.planned_at,
            plan=row.plan,
        )

    async def keep(self, kept: KeptPlan) -> None:
        """Put a plan in the place of the one before."""
        mine = load_plan.c.consolidation_id == kept.consolidation_id
        await self._connection.execute(delete(load_plan).where(mine))
        await self._connection.execute(
            insert(load_plan),
            {
                "consolidation_id": kept.consolidation_id,
                "of_version": kept.of_version,
                "planned_at": kept.planned_at,
                "plan": kept.plan,
            },
        )
