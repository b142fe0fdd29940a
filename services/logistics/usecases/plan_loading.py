"""Plan how a consolidation's parcels stand in its unit: look, plan elsewhere, keep what holds.

A plan counts for those aboard when it was made; once that changed it is stale and says so.
"""

from collections.abc import Sequence
from typing import Any

from services.logistics.domain.consolidation import PoolEmpty
from services.logistics.domain.loading import load_of
from services.logistics.domain.packing.request import LoadRequest
from services.logistics.domain.parcel import PoolState
from services.logistics.store.load_plans import KeptPlan
from services.logistics.store.specifications import segregation_table, unit_type_named
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.assign_parcels import UnitTypeMissing
from shared.kernel.errors import Conflict


class AboardChanged(Conflict):
    """Parcels came or went while the plan was made: it is not kept."""

    code = "logistics.aboard-changed"
    help = "Ask for the plan again."


async def gather_load(tx: LogisticsTx, *, consolidation_id: str) -> LoadRequest:
    """Return the load of what is aboard and not held; raises UnitTypeMissing, PoolEmpty."""
    consolidation = await tx.consolidations.get(consolidation_id)
    if consolidation.unit_type is None:
        raise UnitTypeMissing(f"{consolidation_id} names no unit type", field="unit_type")
    aboard = await tx.parcels.aboard(consolidation_id)
    standing = [parcel for parcel in aboard if parcel.pool is not PoolState.HELD]
    if not standing:
        raise PoolEmpty("there is nothing to load")
    return load_of(
        standing,
        unit=unit_type_named(consolidation.unit_type),
        segregation=segregation_table(),
    )


async def keep_load_plan(
    tx: LogisticsTx, *, consolidation_id: str, planned: Sequence[str], plan: dict[str, Any]
) -> KeptPlan:
    """Keep a plan for these parcels; raises AboardChanged when others are aboard by now."""
    consolidation = await tx.consolidations.get(consolidation_id, lock=True)
    aboard = await tx.parcels.aboard(consolidation_id, lock=True)
    if {p.id for p in aboard if p.pool is not PoolState.HELD} != set(planned):
        raise AboardChanged("other parcels are aboard than were planned for")
    kept = KeptPlan(
        consolidation_id=consolidation_id,
        of_version=consolidation.version,
        planned_at=tx.now,
        plan=plan,
    )
    await tx.load_plans.keep(kept)
    return kept


async def is_stale(tx: LogisticsTx, kept: KeptPlan) -> bool:
    """Say whether others are aboard now than the plan was made for."""
    aboard = await tx.parcels.aboard(kept.consolidation_id)
    named = {at["sku"] for at in kept.plan["placements"]}
    named |= {left["sku"] for left in kept.plan["left_out"]}
    return {parcel.id for parcel in aboard if parcel.pool is not PoolState.HELD} != named
